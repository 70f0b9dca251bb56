package org.interposer.api.bus;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Rings doorbells without a vCPU exit to the bus, as ioeventfd does. Implemented by engines; called
 * on any thread.
 */
@ConsumerType
public interface DoorbellAccelerator {
    /**
     * Takes a doorbell over.
     *
     * @return false when it cannot; the bus then rings it on the vCPU thread
     */
    boolean assign(Doorbell doorbell);

    /** Gives a doorbell back that {@link #assign} took. */
    void unassign(Doorbell doorbell);
}
