package org.interposer.api.frontend;

import java.util.Map;
import org.interposer.api.state.StateRecord;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A device. Made from a factory configuration as a service with the properties {@link #MACHINE} and
 * {@link #ID}; its methods are called by the machine's control thread, one at a time, with the
 * vCPUs stopped for all but {@link #realize} of a device that is not yet visible.
 */
@ConsumerType
public interface Frontend {
    /** Service property: name of the machine it belongs to. */
    String MACHINE = "machine";

    /** Service property: its id, unique in the machine: {@code disk0}. */
    String ID = "id";

    /** Its id. */
    String id();

    /** One line for listings: {@code virtio-blk 1.0, 4 queues}. */
    String describe();

    /**
     * Plugs itself into the machine: bus, interrupts, PCI, ports, threads.
     *
     * @throws DeviceException when it cannot; what it plugged in so far has been taken out again
     */
    void realize(DeviceHost host) throws DeviceException;

    /** State after power-on; realized. */
    void reset();

    /**
     * Lets its I/O threads finish what they do, admits nothing new, and returns when memory and
     * registers are at rest.
     */
    void quiesce();

    /** Undoes {@link #quiesce}: looks at its rings again. */
    void resume();

    /** Its state; quiesced. */
    StateRecord save();

    /**
     * Restores {@link #save} of this or an older version of the same device; realized and quiesced.
     */
    void restore(StateRecord state);

    /**
     * Counts since it was realized, by name: {@code queue0.interrupts}. Any thread; empty unless
     * realized.
     */
    default Map<String, Long> metrics() {
        return Map.of();
    }

    /** Takes everything out of the machine and frees it. Idempotent. */
    void unrealize();
}
