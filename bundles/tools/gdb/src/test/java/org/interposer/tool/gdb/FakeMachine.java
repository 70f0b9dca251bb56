package org.interposer.tool.gdb;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.CpuState.Segment;
import org.interposer.api.engine.TestStates;
import org.interposer.api.engine.Watchpoint;
import org.interposer.api.machine.Machine;
import org.interposer.api.machine.MachineDebug;
import org.interposer.api.machine.MachineException;
import org.interposer.api.machine.MachineInfo;
import org.interposer.api.machine.MachineOutcome;
import org.interposer.api.machine.MachineState;
import org.interposer.api.memory.GuestMemory;

/**
 * A machine whose program is instructions of one byte without end. A vCPU that is let go comes to
 * the next breakpoint above it, or runs until somebody pauses it. Paging is off.
 */
final class FakeMachine implements MachineDebug, AutoCloseable {
    static final String NAME = "fake";
    static final int CPUS = 2, RAM = 0x1_0000, MOST_BREAKPOINTS = 4;
    static final long START = 0x1000;

    final byte[] ram = new byte[RAM];
    final List<String> journal = new CopyOnWriteArrayList<>();
    final Machine machine = proxy(Machine.class, this::machine);
    volatile Optional<String> refusal = Optional.empty();
    volatile MachineState state = MachineState.PAUSED;
    volatile Set<Long> breakpoints = Set.of();
    volatile Set<Watchpoint> watchpoints = Set.of();
    volatile Optional<Listener> listener = Optional.empty();

    private final GuestMemory memory = proxy(GuestMemory.class, this::memory);
    private final ExecutorService control = Executors.newSingleThreadExecutor();
    private final CpuState[] states = {state(START), state(START)};

    private interface Answers {
        Object answer(Method method, Object[] arguments) throws Throwable;
    }

    private static <T> T proxy(Class<T> type, Answers answers) {
        return type.cast(
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (self, method, arguments) -> answers.answer(method, arguments)));
    }

    /** Waits for what another thread does to the machine. */
    static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + 20_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "no " + what);
            Thread.sleep(5);
        }
    }

    static CpuState state(long rip) {
        long[] gpr = new long[16];
        for (int n = 0; n < gpr.length; n++) {
            gpr[n] = 0x100 + n;
        }
        Segment flat = new Segment(0x10, 0, -1, 0xc09b);
        return TestStates.running(
                gpr, rip, flat, flat, new CpuState.Control(1, 0, 0, 0, 0, 0, 0, 1));
    }

    private Object machine(Method method, Object[] arguments) throws MachineException {
        return switch (method.getName()) {
            case "name" -> NAME;
            case "state" -> state;
            case "memory" -> Optional.of(memory);
            case "info" ->
                    new MachineInfo(
                            "fake", "", "user", RAM, CPUS, 0, List.of(), List.of(), List.of(),
                            Map.of());
            case "debug" -> debug((Listener) arguments[0]);
            case "stop" -> {
                journal.add("stop");
                end(new MachineOutcome.StoppedByCommand());
                yield null;
            }
            default -> throw new UnsupportedOperationException(method.getName());
        };
    }

    private MachineDebug debug(Listener wanted) throws MachineException {
        if (refusal.isPresent()) {
            throw new MachineException(refusal.get());
        }
        listener = Optional.of(wanted);
        return this;
    }

    private Object memory(Method method, Object[] a) {
        long address = (long) a[0];
        int offset = (int) a[2];
        int length = (int) a[3];
        if (address < 0 || address + length > RAM) {
            return false;
        }
        switch (method.getName()) {
            case "read" -> System.arraycopy(ram, (int) address, (byte[]) a[1], offset, length);
            case "write" -> System.arraycopy((byte[]) a[1], offset, ram, (int) address, length);
            default -> throw new UnsupportedOperationException(method.getName());
        }
        return true;
    }

    /** The run ends; the listener is told on the control thread. */
    void end(MachineOutcome how) {
        state = MachineState.STOPPED;
        journal.add("ended " + how);
        control.execute(() -> listener.ifPresent(now -> now.ended(how)));
    }

    /** A vCPU stops that the debugger did not step or wait for. */
    void stop(int cpu) {
        stop(cpu, Optional.empty());
    }

    void stop(int cpu, Optional<Watchpoint> accessed) {
        state = MachineState.PAUSED;
        control.execute(() -> listener.ifPresent(now -> now.stopped(cpu, accessed)));
    }

    private void go(int cpu, long to) {
        states[cpu] = state(to);
        stop(cpu);
    }

    @Override
    public void breakpoints(Set<Long> addresses, Set<Watchpoint> watched) throws MachineException {
        if (addresses.size() > MOST_BREAKPOINTS) {
            throw new MachineException("machine 'fake': too many #$*} breakpoints");
        }
        breakpoints = Set.copyOf(addresses);
        watchpoints = Set.copyOf(watched);
    }

    @Override
    public CpuState state(int cpu) throws MachineException {
        if (state == MachineState.STOPPED) {
            throw new MachineException("machine 'fake' does not run");
        }
        return states[cpu];
    }

    @Override
    public void state(int cpu, CpuState next) {
        states[cpu] = next;
    }

    @Override
    public void resume(int cpu) {
        journal.add("resume " + cpu);
        state = MachineState.RUNNING;
        Optional.ofNullable(new TreeSet<>(breakpoints).higher(states[cpu].rip()))
                .ifPresent(address -> go(cpu, address));
    }

    @Override
    public void step(int cpu) {
        journal.add("step " + cpu);
        state = MachineState.RUNNING;
        go(cpu, states[cpu].rip() + 1);
    }

    @Override
    public void pause() {
        journal.add("pause");
        state = MachineState.PAUSED;
    }

    @Override
    public void close() {
        journal.add("close");
        control.shutdown();
    }
}
