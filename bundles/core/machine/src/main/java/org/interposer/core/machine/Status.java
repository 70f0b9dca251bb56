package org.interposer.core.machine;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.interposer.api.machine.Machine;
import org.interposer.api.machine.MachineListener;
import org.interposer.api.machine.MachineOutcome;
import org.interposer.api.machine.MachineState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** State and outcome of a machine, with those who wait for them and listen. Thread-safe. */
final class Status {
    private static final Logger LOG = LoggerFactory.getLogger(Status.class);

    private final Machine machine;
    private final List<MachineListener> listeners = new CopyOnWriteArrayList<>();
    private MachineState state = MachineState.DEFINED;
    private MachineOutcome outcome = new MachineOutcome.None();

    Status(Machine machine) {
        this.machine = machine;
    }

    synchronized MachineState state() {
        return state;
    }

    synchronized MachineOutcome outcome() {
        return outcome;
    }

    void listen(MachineListener listener) {
        listeners.add(listener);
    }

    void forget(MachineListener listener) {
        listeners.remove(listener);
    }

    /** Enters a state; the outcome of the run before is forgotten. */
    void enter(MachineState next) {
        change(next, new MachineOutcome.None());
    }

    /** Enters STOPPED. */
    void stopped(MachineOutcome how) {
        change(MachineState.STOPPED, how);
    }

    private void change(MachineState next, MachineOutcome how) {
        MachineState before;
        synchronized (this) {
            before = state;
            state = next;
            outcome = how;
            notifyAll();
        }
        if (before == next) {
            return;
        }
        for (MachineListener listener : listeners) {
            try {
                listener.stateChanged(machine, before, next);
            } catch (RuntimeException e) {
                LOG.warn("A listener of machine '{}' failed", machine.name(), e);
            }
        }
    }

    synchronized boolean awaitStopped(long timeout, TimeUnit unit) throws InterruptedException {
        long end = System.nanoTime() + unit.toNanos(timeout);
        while (state != MachineState.STOPPED) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return true;
    }
}
