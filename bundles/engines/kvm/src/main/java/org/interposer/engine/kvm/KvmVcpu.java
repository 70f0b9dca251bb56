package org.interposer.engine.kvm;

import java.lang.invoke.VarHandle;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.interposer.api.bus.IoBus;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.EngineException;
import org.interposer.api.engine.HostDebug;
import org.interposer.api.engine.Vcpu;
import org.interposer.api.engine.VcpuExit;
import org.interposer.api.engine.VcpuRequests;

/**
 * One vCPU: the loop around KVM_RUN.
 *
 * <p>A request (kick, poke, NMI, INIT, start-up) sets its bit, then immediate_exit, then sends the
 * signal if a thread is in {@link #run}. The loop looks at the bits before each KVM_RUN; a request
 * that comes after the look finds immediate_exit read as 1, or interrupts KVM_RUN by its signal, so
 * none is lost and the loop needs no fence.
 *
 * <p>A bit may be served before its sender has set immediate_exit, which then has no request behind
 * it. So whenever immediate_exit has done its work it is cleared, and the bits are looked at after
 * that.
 */
final class KvmVcpu implements Vcpu, AutoCloseable {
    private static final long RFLAGS_IF = 1 << 9;

    private final int index;
    private final Fd fd;
    private final RunPage page;
    private final GuestDebug guestDebug;
    private final ExitCounters counters = new ExitCounters();
    private final GuestAccess accesses;
    private final FailureReport failures;
    private final VcpuCodec codec;
    private final VcpuRequests requests = new VcpuRequests();
    private final Gate gate = new Gate();

    private InterruptFeed feed = InterruptFeed.KERNEL;
    private volatile Thread runner;
    private volatile Thread parked;
    private volatile long runnerId;

    /** Of the vCPU's thread: the last exit left an access that the next KVM_RUN completes. */
    private boolean incomplete;

    private VcpuExit outcome = VcpuExit.Kicked.INSTANCE;

    /** Over a descriptor and its run area, both of which it closes. */
    KvmVcpu(int index, Fd fd, RunPage page, IoBus bus, FailureReport failures, VcpuCodec codec) {
        this.index = index;
        this.fd = fd;
        this.page = page;
        guestDebug = new GuestDebug(fd);
        accesses = new GuestAccess(page, bus, counters);
        this.failures = failures;
        this.codec = codec;
    }

    /** Sets where interrupts come from; before the first run. */
    void feed(InterruptFeed newFeed) {
        feed = newFeed;
    }

    /** The control registers as the machine sees them. */
    CpuState.Control control(CpuState.Control fromKvm) {
        return feed.control(fromKvm);
    }

    /** The control registers as KVM gets them. */
    CpuState.Control kernelControl(CpuState.Control wanted) {
        return feed.kernelControl(wanted);
    }

    /** Its descriptor. */
    Fd fd() {
        return fd;
    }

    /** Its run area, for its feed. */
    RunPage page() {
        return page;
    }

    @Override
    public int index() {
        return index;
    }

    @Override
    public VcpuExit run() {
        enter();
        try {
            while (true) {
                if (requests.any()) {
                    if (serve()) {
                        return outcome;
                    }
                    continue;
                }
                if (!feed.runnable()) {
                    park();
                    continue;
                }
                feed.beforeRun();
                // SAFETY: the descriptor and the run area are open: close() refuses while a thread
                // is in here.
                int result = RunCall.run(fd.number());
                feed.afterRun();
                if (result == 0 ? !handle() : !interrupted(-result)) {
                    return outcome;
                }
            }
        } finally {
            leave();
        }
    }

    private void enter() {
        if (!gate.enter()) {
            throw new IllegalStateException("vCPU " + index + " is closed");
        }
        Thread me = Thread.currentThread();
        if (runner != null) {
            gate.leave();
            throw new IllegalStateException("vCPU " + index + " already runs on " + runner);
        }
        runnerId = KickSignal.currentThread();
        runner = me;
    }

    private void leave() {
        runner = null;
        gate.leave();
    }

    /** Serves requests; whether one of them wants run() to return. */
    private boolean serve() {
        clearImmediateExit();
        int got = requests.take();
        if (VcpuRequests.hasEvents(got)) {
            complete(); // An INIT must not meet a half-done access.
            feed.serve(got);
        }
        if ((got & VcpuRequests.KICK) == 0) {
            return false;
        }
        outcome = VcpuExit.Kicked.INSTANCE;
        complete();
        return true;
    }

    /** Lets KVM finish the access that was handled last, so that state() is architectural. */
    private void complete() {
        while (incomplete) {
            page.immediateExit(true);
            // SAFETY: as in run().
            int result = RunCall.run(fd.number());
            feed.afterRun();
            incomplete = false;
            if (result == 0) {
                handle();
            }
        }
        clearImmediateExit();
    }

    /** The requests must be looked at afterwards: one may have come with its immediate_exit. */
    private void clearImmediateExit() {
        page.immediateExit(false);
        VarHandle.fullFence();
    }

    private void park() {
        parked = Thread.currentThread();
        if (!requests.any() && !feed.runnable()) {
            LockSupport.park(this);
        }
        parked = null;
    }

    private boolean interrupted(int errno) {
        incomplete = false;
        if (errno == Libc.EINTR || errno == Libc.EAGAIN) {
            clearImmediateExit();
            counters.count(ExitCounters.INTERRUPTED);
            return true;
        }
        return failed(failures.runFailed(errno));
    }

    /** Handles an exit; false when run() must return {@link #outcome}. */
    private boolean handle() {
        incomplete = false;
        switch (page.exitReason()) {
            case Kvm.KVM_EXIT_IO -> {
                incomplete = true;
                accesses.port();
            }
            case Kvm.KVM_EXIT_MMIO -> {
                incomplete = true;
                accesses.memory(feed);
            }
            case Kvm.KVM_EXIT_HLT -> {
                counters.count(ExitCounters.HLT);
                if (!feed.halted()) {
                    outcome = new VcpuExit.Stuck();
                    return false;
                }
            }
            case Kvm.KVM_EXIT_IRQ_WINDOW_OPEN -> counters.count(ExitCounters.IRQ_WINDOW);
            case Kvm.KVM_EXIT_INTR -> counters.count(ExitCounters.INTERRUPTED);
            case Kvm.KVM_EXIT_SET_TPR -> counters.count(ExitCounters.SET_TPR);
            case Kvm.KVM_EXIT_IOAPIC_EOI -> {
                counters.count(ExitCounters.EOI);
                feed.endOfInterrupt(page.eoiVector());
            }
            case Kvm.KVM_EXIT_X86_RDMSR -> {
                counters.count(ExitCounters.MSR_READ);
                incomplete = true;
                page.msrError(!feed.readMsr(page.msrIndex(), page));
            }
            case Kvm.KVM_EXIT_X86_WRMSR -> {
                counters.count(ExitCounters.MSR_WRITE);
                incomplete = true;
                page.msrError(!feed.writeMsr(page.msrIndex(), page.msrData()));
            }
            default -> {
                return rare();
            }
        }
        return true;
    }

    private boolean rare() {
        switch (page.exitReason()) {
            case Kvm.KVM_EXIT_SHUTDOWN -> {
                counters.count(ExitCounters.SHUTDOWN);
                outcome = new VcpuExit.TripleFault();
            }
            case Kvm.KVM_EXIT_DEBUG -> {
                counters.count(ExitCounters.DEBUG);
                outcome = guestDebug.stop(page.debugStatus());
            }
            case Kvm.KVM_EXIT_SYSTEM_EVENT -> {
                counters.count(ExitCounters.SYSTEM_EVENT);
                outcome =
                        page.systemEventType() == Kvm.KVM_SYSTEM_EVENT_RESET
                                ? new VcpuExit.TripleFault()
                                : new VcpuExit.Failed(failures.systemEvent(page.systemEventType()));
            }
            default -> failed(failures.describe(page));
        }
        return false;
    }

    private boolean failed(String message) {
        counters.count(ExitCounters.FAILED);
        outcome = new VcpuExit.Failed(message);
        return false;
    }

    @Override
    public void kick() {
        request(VcpuRequests.KICK);
    }

    /** Asks the vCPU's thread for something, see {@link VcpuRequests}. Any thread, never blocks. */
    void request(int what) {
        wakeIf(requests.ask(what));
    }

    /** Asks the vCPU to begin at a page if it waits for that. Any thread, never blocks. */
    void startup(int vector) {
        wakeIf(requests.startup(vector));
    }

    private void wakeIf(boolean first) {
        if (!first) {
            return; // Whoever asked first wakes, or has woken, the thread.
        }
        if (gate.enter()) {
            try {
                page.immediateExit(true);
                Thread sleeper = parked;
                if (sleeper != null) {
                    LockSupport.unpark(sleeper);
                } else if (runner != null && runner != Thread.currentThread()) {
                    KickSignal.send(runnerId);
                }
            } finally {
                gate.leave();
            }
        }
    }

    /** Whether the calling thread is the one in {@link #run}. */
    boolean isCurrentThread() {
        return runner == Thread.currentThread();
    }

    /** Whether a thread is in {@link #run}. */
    boolean isRunning() {
        return runner != null;
    }

    @Override
    public int debugRegisters() {
        return GuestDebug.REGISTERS;
    }

    @Override
    public void debug(HostDebug wanted) throws EngineException {
        checkStopped("debugged");
        guestDebug.set(wanted);
    }

    @Override
    public CpuState state() throws EngineException {
        checkStopped("read");
        serveLate();
        return codec.read(this, feed.activity());
    }

    /** What was sent after the last run belongs to the state, too. */
    private void serveLate() {
        int late = requests.takeEvents();
        if (late != 0) {
            feed.serve(late);
        }
    }

    @Override
    public void restore(CpuState state) throws EngineException {
        checkStopped("restored");
        incomplete = false;
        // What was sent to the old state ends with it.
        requests.takeEvents();
        codec.write(this, state);
        page.forgetInterruptFlags((state.rflags() & RFLAGS_IF) != 0);
        feed.restored(state);
    }

    private void checkStopped(String verb) {
        if (runner != null || gate.closed()) {
            throw new IllegalStateException(
                    "vCPU "
                            + index
                            + (gate.closed() ? " is closed" : " runs")
                            + ": its state cannot be "
                            + verb);
        }
    }

    @Override
    public Map<String, Long> exits() {
        Map<String, Long> sums = new TreeMap<>();
        counters.addTo(sums);
        return sums;
    }

    @Override
    public void close() {
        if (runner != null) {
            throw new IllegalStateException(
                    "vCPU " + index + " still runs on " + runner.getName() + ": kick it first");
        }
        if (gate.shut()) {
            gate.awaitEmpty();
            page.close();
            fd.close();
        }
    }
}
