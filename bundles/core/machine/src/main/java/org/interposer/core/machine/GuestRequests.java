package org.interposer.core.machine;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.Watchpoint;
import org.interposer.api.frontend.MachineRequest;
import org.interposer.api.machine.MachineException;
import org.interposer.api.machine.MachineOutcome;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out what the guest and its devices ask for. Requests come from any thread and are handled
 * on the control thread; what a run asked for that has ended since is dropped.
 */
final class GuestRequests implements Requests {
    private static final Logger LOG = LoggerFactory.getLogger(GuestRequests.class);
    private static final long QUICK_FAULT_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final int QUICK_FAULTS = 3;

    private final ControlledMachine machine;
    private final ControlThread control;
    private volatile long generation;
    private volatile boolean resetPending;
    private long lastFault;
    private int quickFaults;

    GuestRequests(ControlledMachine machine, ControlThread control) {
        this.machine = machine;
        this.control = control;
    }

    /** A new run begins. Control thread. */
    void begin() {
        generation++;
        resetPending = false;
        quickFaults = 0;
        lastFault = System.nanoTime();
    }

    @Override
    public void request(MachineRequest request) {
        if (request instanceof MachineRequest.Reset reset) {
            requestReset(reset.cause());
        } else if (request instanceof MachineRequest.PowerOff) {
            post(() -> machine.end(new MachineOutcome.PoweredOff()));
        } else if (request instanceof MachineRequest.Exit exit) {
            post(() -> machine.end(new MachineOutcome.GuestExit(exit.status())));
        } else if (request instanceof MachineRequest.Fail fail) {
            post(() -> fail(fail.message()));
        }
    }

    @Override
    public void tripleFault(int cpu) {
        post(() -> faulted(cpu));
    }

    @Override
    public void debugStop(int cpu, Optional<Watchpoint> watched) {
        post(() -> machine.debugging().stopped(cpu, watched));
    }

    @Override
    public void allStuck() {
        post(
                () ->
                        crash(
                                "all vCPUs stand in HLT with interrupts disabled; only a reset"
                                        + " could wake them"));
    }

    /** Of the resets that a guest asks for in a row, before it is stopped, one counts. */
    private void requestReset(String cause) {
        if (resetPending) {
            return;
        }
        resetPending = true;
        post(() -> reset(cause));
    }

    private void post(Runnable action) {
        long asked = generation;
        control.post(
                () -> {
                    if (asked == generation && machine.run().isPresent()) {
                        action.run();
                    }
                });
    }

    private void fail(String message) {
        LOG.error("Machine '{}' cannot go on: {}", machine.name(), message);
        machine.end(new MachineOutcome.Failed(message));
    }

    private void reset(String cause) {
        if (!machine.settings().rebootOnReset()) {
            machine.end(new MachineOutcome.PoweredOff());
            return;
        }
        LOG.info("Machine '{}' resets: {}", machine.name(), cause);
        try {
            // Its vCPUs stand still before the next request may come.
            machine.run().orElseThrow().pause();
            resetPending = false;
            machine.doReset();
            machine.run().orElseThrow().resume();
        } catch (MachineException e) {
            fail("reset failed: " + e.getMessage());
        }
    }

    private void faulted(int cpu) {
        String message = "triple fault on vCPU " + cpu;
        long now = System.nanoTime();
        quickFaults = now - lastFault < QUICK_FAULT_NANOS ? quickFaults + 1 : 1;
        lastFault = now;
        if (!machine.settings().rebootOnReset()) {
            crash(message);
        } else if (quickFaults == QUICK_FAULTS) {
            crash(message + ", soon after each of " + (QUICK_FAULTS - 1) + " resets");
        } else {
            reset(message);
        }
    }

    private void crash(String message) {
        machine.end(new MachineOutcome.Crashed(message, registers()));
    }

    private List<CpuState> registers() {
        try {
            MachineRun run = machine.run().orElseThrow();
            run.pause();
            return run.cpuStates();
        } catch (MachineException e) {
            LOG.warn("The registers of the crash are lost: {}", e.getMessage());
            return List.of();
        }
    }
}
