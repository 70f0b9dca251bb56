package org.interposer.engine.softcpu;

import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.CpuState.Activity;
import org.interposer.api.engine.EngineException;
import org.interposer.api.engine.HostDebug;
import org.interposer.api.engine.TraceKind;
import org.interposer.api.engine.TraceSink;
import org.interposer.api.engine.Vcpu;
import org.interposer.api.engine.VcpuExit;
import org.interposer.api.engine.VcpuRequests;
import org.interposer.api.irq.LocalApic;
import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Flags;
import org.interposer.engine.softcpu.cpu.Interpreter;
import org.interposer.engine.softcpu.cpu.Memory;
import org.interposer.engine.softcpu.cpu.Tracer;
import org.interposer.engine.softcpu.op.Operations;
import org.interposer.engine.softcpu.sys.Delivery;
import org.interposer.engine.softcpu.sys.ResetState;
import org.interposer.engine.softcpu.sys.StateTransfer;

/**
 * One vCPU: turns of the interpreter, and between them what others want of it. A request sets its
 * bit and wakes the thread if it is parked; a running turn ends by itself within microseconds.
 */
final class SoftVcpu implements Vcpu, AutoCloseable {
    private static final int STARTUP_SHIFT = 12;

    private final int index;
    private final World world;
    private final SoftEnv env;
    private final Cpu cpu;
    private final Interpreter interpreter;
    private final VcpuRequests requests = new VcpuRequests();
    private volatile boolean inGuest;
    private volatile boolean closed;
    private volatile Thread runner;
    private volatile Thread parked;
    private boolean waitsForSipi;
    private int pendingNmis;
    private VcpuExit outcome = VcpuExit.Kicked.INSTANCE;
    private SoftDebug debug = SoftDebug.OFF;

    private boolean debugStop;

    /** It has come to HLT since it last said so; what waits may still wake it up. */
    private boolean haltUntold;

    SoftVcpu(int index, World world, Memory memory, SoftEnv env) {
        this.index = index;
        this.world = world;
        this.env = env;
        cpu = new Cpu(env, memory, new Operations());
        env.serve(this, cpu);
        interpreter = new Interpreter(cpu);
        waitsForSipi = index != 0;
        world.add(this);
    }

    /** The local APIC is there: the first moment at which the processor can be reset. */
    void attach(LocalApic apic) {
        env.attach(apic);
        ResetState.powerOn(cpu);
    }

    Cpu cpu() {
        return cpu;
    }

    SoftEnv env() {
        return env;
    }

    @Override
    public int index() {
        return index;
    }

    // --- the gate between guest code and everything else ----------------------------------------

    /** Whether the vCPU may be executing guest code. */
    boolean inGuest() {
        return inGuest;
    }

    boolean isCurrentThread() {
        return runner == Thread.currentThread();
    }

    /** Waits while somebody wants the vCPUs to stand still. */
    void enterGuest() {
        inGuest = true;
        while (world.stopping()) {
            inGuest = false;
            world.awaitGo();
            inGuest = true;
        }
    }

    void leaveGuest() {
        inGuest = false;
    }

    // --- running ---------------------------------------------------------------------------------

    @Override
    public VcpuExit run() {
        if (runner != null) {
            throw new IllegalStateException("vCPU " + index + " already runs on " + runner);
        }
        checkOpen();
        runner = Thread.currentThread();
        try {
            while (true) {
                if (requests.any() && serve()) {
                    return VcpuExit.Kicked.INSTANCE;
                }
                if (!runnable()) {
                    if (stuck()) {
                        return outcome;
                    }
                    park();
                } else if (!turn()) {
                    return outcome;
                }
            }
        } finally {
            leaveGuest();
            runner = null;
        }
    }

    /** One turn; false when run() must return {@link #outcome}. */
    private boolean turn() {
        enterGuest();
        boolean asleep = false;
        boolean alive = true;
        try {
            alive = debug.holdsInterrupts() || events();
            // What was to end HLT may be gone again.
            asleep = cpu.halted && !debug.holdsInterrupts();
            if (alive && !asleep && !trapIsDue()) {
                alive = debug == SoftDebug.OFF ? interpreter.turn() : debugTurn();
            }
            if (alive && trapIsDue()) {
                alive = Delivery.trap(cpu, cpu.rip);
            }
        } catch (RuntimeException | Error e) {
            env.fail(broken(e));
        } finally {
            leaveGuest();
        }
        if (cpu.halted && !asleep) {
            env.counters().count(SoftCounters.HLT);
            haltUntold = true;
        }
        if (debugStop) {
            debugStop = false;
            outcome = new VcpuExit.Debug(cpu.hostWatch.take());
            return false;
        }
        if (env.failure().isPresent()) {
            outcome = new VcpuExit.Failed(env.takeFailure());
            return false;
        }
        if (!alive) {
            env.counters().count(SoftCounters.SHUTDOWN);
            outcome = new VcpuExit.TripleFault();
            return false;
        }
        return true;
    }

    /** It cannot run on; whether run() must return {@link #outcome} since it never will. */
    private boolean stuck() {
        boolean untold = haltUntold;
        haltUntold = false;
        if (!untold || !cpu.halted || (cpu.fl & Flags.IF) != 0) {
            return false;
        }
        outcome = new VcpuExit.Stuck();
        return true;
    }

    private boolean debugTurn() {
        return switch (debug.turn(interpreter, this::wanted)) {
            case TRIPLE_FAULT -> false;
            case GOES_ON -> true;
            case STOP -> {
                debugStop = true;
                yield true;
            }
        };
    }

    /** Whether a turn must end here. */
    private boolean wanted() {
        return requests.any()
                || cpu.halted
                || env.failure().isPresent()
                || world.stopping()
                || trapIsDue()
                || (cpu.fl & Flags.IF) != 0 && env.apic().hasInterrupt();
    }

    @Override
    public int debugRegisters() {
        return SoftDebug.MOST;
    }

    @Override
    public void debug(HostDebug wanted) throws EngineException {
        checkStopped("debugged");
        if (wanted.registers() > SoftDebug.MOST) {
            throw new EngineException(
                    wanted.registers() + " breakpoints; softcpu takes " + SoftDebug.MOST);
        }
        debug = wanted.equals(HostDebug.NONE) ? SoftDebug.OFF : new SoftDebug(wanted);
        cpu.hostWatch = debug.watch();
        cpu.mmu.select();
    }

    /** A mistake of the engine or of a device: what, and all that helps to find it. */
    private String broken(Throwable e) {
        long rip = interpreter.place();
        StackTraceElement[] trace = e.getStackTrace();
        return String.format(
                "%s%s at RIP %#x, bytes %s: a mistake in the 'softcpu' engine or a device; report"
                        + " it, and use KVM meanwhile",
                e,
                trace.length == 0 ? "" : " in " + trace[0],
                rip,
                HexFormat.of().formatHex(cpu.code.show(rip)));
    }

    /**
     * Whether the frame of what was delivered last has hit a data breakpoint, whose trap comes
     * before the handler's first instruction.
     */
    private boolean trapIsDue() {
        return cpu.pendingDebug != 0 && !cpu.stackShadow;
    }

    /** Delivers what waits and may be delivered now; false on a triple fault. */
    private boolean events() {
        if (cpu.shadow) {
            return true;
        }
        if (pendingNmis > 0 && !cpu.nmiMasked) {
            pendingNmis--;
            cpu.halted = false;
            return Delivery.nmi(cpu, cpu.rip);
        }
        if ((cpu.fl & Flags.IF) != 0 && env.apic().hasInterrupt()) {
            int vector = env.apic().acknowledge();
            if (vector != LocalApic.NONE) {
                env.counters().count(SoftCounters.INTERRUPT);
                cpu.halted = false;
                return Delivery.interrupt(cpu, vector, cpu.rip);
            }
        }
        return true;
    }

    private boolean runnable() {
        if (waitsForSipi) {
            return false;
        }
        return !cpu.halted
                || pendingNmis > 0 && !cpu.nmiMasked
                || (cpu.fl & Flags.IF) != 0 && env.apic().hasInterrupt();
    }

    private void park() {
        parked = Thread.currentThread();
        if (!requests.any() && !runnable()) {
            LockSupport.park(this);
        }
        parked = null;
    }

    /** Serves requests; whether one of them wants run() to return. */
    private boolean serve() {
        int got = requests.take();
        serve(got);
        return (got & VcpuRequests.KICK) != 0;
    }

    private void serve(int got) {
        if ((got & VcpuRequests.INIT) != 0) {
            env.apic().init();
            ResetState.init(cpu);
            pendingNmis = 0;
            waitsForSipi = index != 0;
        }
        if ((got & VcpuRequests.STARTUP) != 0 && waitsForSipi) {
            ResetState.startUp(cpu, (long) VcpuRequests.vector(got) << STARTUP_SHIFT);
            waitsForSipi = false;
        }
        if (!waitsForSipi) {
            // One is kept while another is handled.
            int most = cpu.nmiMasked ? 1 : 2;
            pendingNmis = Math.min(most, pendingNmis + VcpuRequests.nmis(got));
        }
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
        if (first) {
            Thread sleeper = parked;
            if (sleeper != null) {
                LockSupport.unpark(sleeper);
            }
        }
    }

    // --- state -----------------------------------------------------------------------------------

    @Override
    public CpuState state() throws EngineException {
        checkStopped("read");
        // What was sent after the last run belongs to the state, too.
        serve(requests.takeEvents());
        return StateTransfer.save(cpu, waitsForSipi, pendingNmis > 0, List.of());
    }

    @Override
    public void restore(CpuState state) throws EngineException {
        checkStopped("restored");
        // What was sent to the old state ends with it.
        requests.takeEvents();
        waitsForSipi = state.activity() == Activity.WAIT_FOR_SIPI;
        pendingNmis = state.events().nmiPending() ? 1 : 0;
        haltUntold &= state.activity() == Activity.HALTED;
        StateTransfer.restore(cpu, state);
    }

    /** Tells the sink what it does from now on; nobody where there is nothing to be told. */
    void trace(Set<TraceKind> kinds, TraceSink sink) {
        checkStopped("traced");
        cpu.tracer = kinds.isEmpty() ? null : new Tracer(index, kinds, sink);
    }

    /** The translation tables are outside the heap, and gone after {@link #close}. */
    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("vCPU " + index + " is closed");
        }
    }

    private void checkStopped(String verb) {
        checkOpen();
        if (runner != null) {
            throw new IllegalStateException("vCPU " + index + " runs: its state cannot be " + verb);
        }
    }

    @Override
    public Map<String, Long> exits() {
        return env.counters().read(cpu.retired);
    }

    /** Refuses while a thread is in {@link #run}. */
    void checkIdle() {
        if (runner != null) {
            throw new IllegalStateException(
                    "vCPU " + index + " still runs on " + runner.getName() + ": kick it first");
        }
    }

    @Override
    public void close() {
        checkIdle();
        if (!closed) {
            closed = true;
            cpu.mmu.close();
        }
    }
}
