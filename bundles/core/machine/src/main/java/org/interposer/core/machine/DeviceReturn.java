package org.interposer.core.machine;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.interposer.api.frontend.Frontend;
import org.interposer.api.machine.MachineException;
import org.interposer.api.machine.MachineOutcome;
import org.interposer.api.machine.MachineState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replaces devices of a running machine: when a front-end's service goes, the machine stands still
 * and keeps the device's state; when one with the same id is back, it goes on. Control thread only.
 */
final class DeviceReturn {
    private static final Logger LOG = LoggerFactory.getLogger(DeviceReturn.class);
    private static final long WARN_MILLIS = 10_000;

    private final ControlledMachine machine;
    private final ControlThread control;
    private final Map<String, Frontend> successors = new HashMap<>();
    private boolean resumeLater;
    private long since;
    private long episode;

    DeviceReturn(ControlledMachine machine, ControlThread control) {
        this.machine = machine;
        this.control = control;
    }

    /** Whether the machine stands still because a device is not there. */
    boolean waiting() {
        return machine.run().filter(r -> !r.devices().absent().isEmpty()).isPresent();
    }

    /** Somebody wants the machine paused, whatever comes back. */
    void stayPaused() {
        resumeLater = false;
    }

    /** The run has ended. */
    void forget() {
        successors.clear();
        resumeLater = false;
        episode++;
    }

    /** A device goes. When this returns, no reference to it is left. */
    void departing(Frontend device) throws MachineException {
        successors.values().removeIf(d -> d == device);
        if (machine.run().filter(r -> r.devices().holds(device)).isEmpty()) {
            return;
        }
        MachineRun run = machine.run().get();
        boolean first = !waiting();
        boolean wasRunning = machine.state() == MachineState.RUNNING;
        try {
            run.pause();
            run.devices().depart(device);
        } catch (MachineException e) {
            machine.end(new MachineOutcome.Failed(e.getMessage()));
            throw e;
        }
        if (first) {
            resumeLater = wasRunning;
            since = System.nanoTime();
            watch(++episode);
        }
        machine.enter(MachineState.PAUSED);
        LOG.info(
                "Machine '{}' stands still: device '{}' went away, its state is kept",
                machine.name(),
                device.id());
    }

    /** A device is there. */
    void arrived(Frontend device) {
        if (machine.run().isEmpty() || machine.run().get().devices().holds(device)) {
            return;
        }
        DeviceSet devices = machine.run().get().devices();
        if (!devices.waitsFor(device.id())) {
            LOG.warn(
                    "Device '{}' of machine '{}' came while it runs; it will be there after the"
                            + " next vm:stop and vm:start",
                    device.id(),
                    machine.name());
            return;
        }
        successors.put(device.id(), device);
        if (successors.keySet().containsAll(devices.absent())) {
            comeBack(machine.run().get());
        }
    }

    private void comeBack(MachineRun run) {
        try {
            run.devices().comeBack(List.copyOf(successors.values()));
        } catch (MachineException e) {
            LOG.error("{}", e.getMessage());
            return;
        } finally {
            successors.clear();
        }
        episode++;
        LOG.info(
                "Machine '{}' has its devices again after {} ms",
                machine.name(),
                (System.nanoTime() - since) / 1_000_000);
        if (resumeLater) {
            run.resume();
            machine.enter(MachineState.RUNNING);
        }
    }

    private void watch(long watched) {
        int limit = machine.settings().deviceReturnSeconds();
        long millis = limit > 0 ? Math.min(WARN_MILLIS, limit * 1000L) : WARN_MILLIS;
        control.postAfter(millis, () -> overdue(watched, limit));
    }

    private void overdue(long watched, int limit) {
        if (watched != episode || !waiting()) {
            return;
        }
        String absent = String.join(", ", machine.run().orElseThrow().devices().absent());
        long seconds = (System.nanoTime() - since) / 1_000_000_000;
        if (limit > 0 && seconds >= limit) {
            machine.end(
                    new MachineOutcome.Failed(
                            String.format(
                                    "device %s did not come back within %d s after its bundle"
                                            + " stopped (deviceReturnSeconds)",
                                    absent, limit)));
            return;
        }
        LOG.warn(
                "Machine '{}' stands still for {} s: it waits for its device {}; start the device's"
                        + " bundle, or use vm:stop {}",
                machine.name(),
                seconds,
                absent,
                machine.name());
        watch(watched);
    }
}
