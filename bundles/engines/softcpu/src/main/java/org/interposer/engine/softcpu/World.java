package org.interposer.engine.softcpu;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.interposer.api.memory.DirtyLog;
import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Memory;
import org.interposer.engine.softcpu.mem.CodeMap;

/**
 * What concerns all vCPUs of a machine at once: a page becomes code, code changes, written pages
 * are logged, an operation must be alone. For each the others stand still between two operations,
 * or outside guest code, until it is done; that takes some microseconds and is rare.
 */
final class World implements Memory.Watch {
    private static final int PAGE = 4096;
    private static final int SPINS = 200;

    private final ReentrantLock lock = new ReentrantLock();
    private final List<SoftVcpu> vcpus = new ArrayList<>();
    private final DirtyLog log;
    private final CodeMap code;
    private volatile boolean stopping;
    private volatile boolean logging;

    World(DirtyLog log, CodeMap code) {
        this.log = log;
        this.code = code;
    }

    void add(SoftVcpu vcpu) {
        vcpus.add(vcpu);
    }

    /** Whether somebody wants the vCPUs to stand still. */
    boolean stopping() {
        return stopping;
    }

    /** Waits, outside guest code, until they may go on. */
    void awaitGo() {
        lock.lock();
        lock.unlock();
    }

    /**
     * Runs something while no vCPU executes. The caller is a vCPU inside an operation, which then
     * stands still itself, or any other thread.
     */
    void alone(Runnable action) {
        SoftVcpu me = current();
        if (me != null) {
            me.leaveGuest();
        }
        lock.lock();
        try {
            boolean first = lock.getHoldCount() == 1;
            if (first) {
                stopping = true;
                awaitOthers(me);
            }
            try {
                action.run();
            } finally {
                if (first) {
                    stopping = false;
                }
            }
        } finally {
            lock.unlock();
            if (me != null) {
                me.enterGuest();
            }
        }
    }

    private void awaitOthers(SoftVcpu me) {
        for (SoftVcpu vcpu : vcpus) {
            int spins = 0;
            while (vcpu != me && vcpu.inGuest()) {
                if (++spins % SPINS == 0) {
                    Thread.yield();
                } else {
                    Thread.onSpinWait();
                }
            }
        }
    }

    /** The vCPU whose thread calls from inside guest code; null for any other caller. */
    private SoftVcpu current() {
        for (SoftVcpu vcpu : vcpus) {
            if (vcpu.isCurrentThread() && vcpu.inGuest()) {
                return vcpu;
            }
        }
        return null;
    }

    @Override
    public boolean logging() {
        return logging;
    }

    @Override
    public void written(long address) {
        log.mark(address, 1);
    }

    @Override
    public void codeAdded(Cpu by, long page) {
        if (vcpus.size() == 1) {
            by.mmu.protect(page);
        } else {
            alone(() -> vcpus.forEach(vcpu -> vcpu.cpu().mmu.protect(page)));
        }
    }

    @Override
    public void codeChanged(Cpu by, long page) {
        if (vcpus.size() == 1) {
            code.clear(page);
            by.code.invalidate(page);
        } else {
            alone(() -> invalidate(page));
        }
    }

    private void invalidate(long page) {
        code.clear(page);
        vcpus.forEach(vcpu -> vcpu.cpu().code.invalidate(page));
    }

    @Override
    public void exclusively(Cpu by, Runnable action) {
        if (vcpus.size() == 1) {
            action.run();
        } else {
            alone(action);
        }
    }

    /** A device has written memory: code there is decoded anew. Any thread. */
    void deviceWrote(long address, long length) {
        if (current() != null) {
            return; // The vCPU's own store, which looks after this itself.
        }
        for (long page = address & -PAGE; page < address + length; page += PAGE) {
            long from = Math.max(address, page);
            int bytes = (int) (Math.min(address + length, page + PAGE) - from);
            if (bytes > 0 && (code.lines(page) & CodeMap.linesOf(from, bytes)) != 0) {
                long changed = page;
                alone(() -> invalidate(changed));
            }
        }
    }

    /** Forgets the translations of all vCPUs. */
    void flush() {
        alone(() -> vcpus.forEach(vcpu -> vcpu.cpu().mmu.flush()));
    }

    /** Written pages are reported from now on, or no more. */
    void log(boolean on) {
        alone(
                () -> {
                    logging = on;
                    vcpus.forEach(vcpu -> vcpu.cpu().mmu.protectAll(false));
                });
    }

    /** Reports the pages written since the last time. */
    void report() {
        alone(() -> vcpus.forEach(vcpu -> vcpu.cpu().mmu.protectAll(true)));
    }
}
