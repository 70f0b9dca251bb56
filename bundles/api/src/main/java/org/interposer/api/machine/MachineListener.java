package org.interposer.api.machine;

import org.osgi.annotation.versioning.ConsumerType;

/** Told of a machine's life. Called on its control thread; must not block. */
@FunctionalInterface
@ConsumerType
public interface MachineListener {
    /** The machine has entered a state. */
    void stateChanged(Machine machine, MachineState from, MachineState to);
}
