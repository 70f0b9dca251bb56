package org.interposer.core.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.EngineException;
import org.interposer.api.engine.TraceKind;
import org.interposer.api.engine.TraceSink;
import org.interposer.api.engine.Vcpu;
import org.interposer.api.machine.MachineException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of a machine, from its start until it is closed. It begins paused. Control thread only.
 */
final class MachineRun implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MachineRun.class);
    private static final long LEAVE_MILLIS = 10_000;

    private final String machine;
    private final Assembly parts;
    private final Requests requests;
    private VcpuGate gate;
    private List<VcpuThread> threads;
    private MachineTrace trace;
    private boolean paused = true;
    private long pauses;
    private long resets;

    MachineRun(String machine, Assembly parts, Requests requests) {
        this.machine = machine;
        this.parts = parts;
        this.requests = requests;
        makeThreads();
    }

    private void makeThreads() {
        gate = new VcpuGate(parts.vm().vcpus());
        threads = new ArrayList<>();
        for (Vcpu vcpu : parts.vm().vcpus()) {
            threads.add(new VcpuThread(machine, vcpu, gate, requests));
        }
        trace = new MachineTrace(machine, parts, threads);
    }

    /** Lets guest time and vCPUs go for the first time. */
    void launch() {
        threads.forEach(VcpuThread::start);
        parts.clock().resume();
        gate.open();
        paused = false;
    }

    /** The same, but the machine begins paused. */
    void launchPaused() {
        threads.forEach(VcpuThread::start);
        parts.devices().quiesce();
        parts.vm().pauseClock();
    }

    Assembly parts() {
        return parts;
    }

    DeviceSet devices() {
        return parts.devices();
    }

    boolean paused() {
        return paused;
    }

    /** vCPUs out of guest mode, devices quiet, guest time stopped. Does nothing while paused. */
    void pause() throws MachineException {
        if (paused) {
            return;
        }
        if (!gate.close(LEAVE_MILLIS)) {
            gate.open();
            throw new MachineException(
                    String.format(
                            "machine '%s' cannot pause: a vCPU did not leave guest mode within"
                                    + " %d s; it runs on",
                            machine, LEAVE_MILLIS / 1000));
        }
        parts.devices().quiesce();
        parts.clock().pause();
        parts.vm().pauseClock();
        paused = true;
        pauses++;
    }

    /** Undoes {@link #pause}. */
    void resume() {
        if (!paused) {
            return;
        }
        parts.vm().resumeClock();
        parts.clock().resume();
        parts.devices().resume();
        gate.open();
        paused = false;
    }

    /** All devices and vCPUs to the state after power-on, with the kernel loaded again. */
    void reset() throws MachineException {
        boolean wasPaused = paused;
        pause();
        parts.pci().reset();
        parts.devices().reset();
        parts.interrupts().reset();
        restorePowerOn();
        MachineBuild.enterKernel(parts);
        gate.newState();
        resets++;
        if (!wasPaused) {
            resume();
        }
    }

    private void restorePowerOn() throws MachineException {
        List<Vcpu> vcpus = parts.vm().vcpus();
        try {
            for (int i = 0; i < vcpus.size(); i++) {
                vcpus.get(i).restore(parts.engine().powerOn().get(i));
            }
        } catch (EngineException e) {
            throw new MachineException(
                    "machine '" + machine + "' cannot reset: " + e.getMessage(), e);
        }
    }

    /** Does something while the machine stands, and lets it go on if it ran. */
    <T> T standing(ControlThread.Command<T> action) throws MachineException {
        boolean wasPaused = paused;
        pause();
        try {
            return action.run();
        } finally {
            if (!wasPaused) {
                resume();
            }
        }
    }

    /** State of the vCPUs; the machine stands for the moment it takes. */
    List<CpuState> cpuStates() throws MachineException {
        return standing(
                () -> {
                    try {
                        return EngineSlot.states(parts.vm());
                    } catch (EngineException e) {
                        throw new MachineException(
                                "machine '" + machine + "': " + e.getMessage(), e);
                    }
                });
    }

    /** Whether somebody listens to what the vCPUs do. */
    boolean traced() {
        return trace.active();
    }

    /**
     * Moves the vCPUs of a machine that is not traced to another engine.
     *
     * @return how long the guest stood still, in nanoseconds
     * @throws MachineException when it cannot; the machine goes on as before
     */
    long moveTo(EngineChoice engine) throws MachineException {
        long begin = System.nanoTime();
        standing(
                () -> {
                    EngineSlot.Content next = EngineMove.prepare(machine, parts, engine);
                    endThreads();
                    parts.engine().switchTo(next, parts.bus());
                    makeThreads();
                    threads.forEach(VcpuThread::start);
                    return next;
                });
        return System.nanoTime() - begin;
    }

    /** Reports to a sink; the machine stands still for a moment. */
    void trace(Set<TraceKind> kinds, TraceSink sink) throws MachineException {
        trace.check(kinds);
        standing(
                () -> {
                    trace.begin(kinds, sink);
                    return sink;
                });
    }

    /** Ends the trace, if there is one. */
    Optional<TraceSink> endTrace() throws MachineException {
        return trace.active() ? standing(trace::end) : Optional.empty();
    }

    /** Named counters. */
    Map<String, Long> counters() {
        Map<String, Long> counters = new TreeMap<>(parts.devices().metrics());
        parts.engine().exits().forEach((cause, count) -> counters.put("exits." + cause, count));
        counters.put("pauses", pauses);
        counters.put("resets", resets);
        counters.put("engine.moves", parts.engine().moves());
        return counters;
    }

    /** Ends the vCPU threads and takes everything down. */
    @Override
    public void close() {
        if (!endThreads()) {
            // Memory and engine stay: freeing them under a running vCPU would end the JVM.
            LOG.error(
                    "Machine '{}': a vCPU did not leave guest mode; its memory stays in use",
                    machine);
            parts.devices().unrealize();
            return;
        }
        parts.clock().pause();
        trace.end();
        parts.undo().close();
    }

    /** Whether all have ended. */
    private boolean endThreads() {
        boolean out = gate.end(LEAVE_MILLIS);
        for (VcpuThread thread : threads) {
            out &= joined(thread);
        }
        return out;
    }

    private boolean joined(VcpuThread thread) {
        try {
            return thread.join(LEAVE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
