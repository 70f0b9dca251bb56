package org.interposer.core.machine;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.interposer.api.engine.Vcpu;

/** Lets vCPU threads into guest mode, and gets them out of it. Thread-safe. */
final class VcpuGate {
    private enum Mode {
        RUN,
        PAUSE,
        END
    }

    private static final long KICK_AGAIN_MILLIS = 20;

    private final List<Vcpu> vcpus;
    private Mode mode = Mode.PAUSE;
    private int outside;
    private int stuck;
    private long epoch;
    private long closings;

    /**
     * When a vCPU entered.
     *
     * @param epoch number of the state that it runs in
     * @param closings how often the gate had been closed
     */
    record Entry(long epoch, long closings) {}

    VcpuGate(List<Vcpu> vcpus) {
        this.vcpus = vcpus;
        this.outside = vcpus.size();
    }

    /** What {@link #enter} returns when the thread is to end. */
    static final Entry END = new Entry(-1, -1);

    /**
     * Called by a vCPU thread before each run: waits while the gate is closed.
     *
     * @return what the others want to know of it, or {@link #END}
     */
    synchronized Entry enter() {
        while (mode == Mode.PAUSE) {
            await(0);
        }
        if (mode == Mode.END) {
            return END;
        }
        outside--;
        return new Entry(epoch, closings);
    }

    /** Called by a vCPU thread after each run. */
    synchronized void leave() {
        outside++;
        notifyAll();
    }

    /**
     * A vCPU can do nothing until something comes from outside; waits for that a little.
     *
     * @return whether all vCPUs are in this place
     */
    synchronized boolean stuck(long millis) {
        stuck++;
        boolean all = stuck == vcpus.size();
        if (!all && mode == Mode.RUN) {
            await(millis);
        }
        stuck--;
        return all;
    }

    /**
     * A vCPU cannot run on in the state it entered with; waits until it was given another or is to
     * end.
     */
    synchronized void awaitNewState(Entry entered) {
        while (epoch == entered.epoch && mode != Mode.END) {
            await(0);
        }
    }

    /**
     * A vCPU stands until the machine does. The machine may have stood and gone on before this
     * thread looks, so it is the closings that count, not the gate as it is.
     */
    synchronized void awaitPause(Entry entered) {
        while (closings == entered.closings && epoch == entered.epoch) {
            await(0);
        }
    }

    /** Whether the vCPUs are still in the state that a thread entered with. */
    synchronized boolean isCurrent(Entry entered) {
        return epoch == entered.epoch;
    }

    /** All vCPUs were given a new state. */
    synchronized void newState() {
        epoch++;
        notifyAll();
    }

    /** Opens the gate. */
    synchronized void open() {
        mode = Mode.RUN;
        notifyAll();
    }

    /**
     * Closes the gate and waits until every vCPU is out.
     *
     * @return false when one did not leave guest mode in time; the gate is closed nevertheless
     */
    boolean close(long timeoutMillis) {
        return leaveAll(Mode.PAUSE, timeoutMillis);
    }

    /** Closes the gate for good and lets the threads end. */
    boolean end(long timeoutMillis) {
        return leaveAll(Mode.END, timeoutMillis);
    }

    private boolean leaveAll(Mode target, long timeoutMillis) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        synchronized (this) {
            mode = target;
            closings++;
            notifyAll();
        }
        while (true) {
            vcpus.forEach(Vcpu::kick);
            synchronized (this) {
                if (outside < vcpus.size()) {
                    await(KICK_AGAIN_MILLIS);
                }
                if (outside == vcpus.size()) {
                    return true;
                }
            }
            if (System.nanoTime() - end > 0) {
                return false;
            }
        }
    }

    private void await(long millis) {
        try {
            wait(millis);
        } catch (InterruptedException e) {
            // Nobody interrupts these threads: the gate alone tells them what to do.
            Thread.currentThread().interrupt();
            throw new IllegalStateException("a thread at the vCPU gate was interrupted", e);
        }
    }
}
