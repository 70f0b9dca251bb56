package org.interposer.api.pci;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * A front-end that wants to see or serve accesses to its configuration space. Called on vCPU
 * threads.
 */
@ConsumerType
public interface PciConfigListener {
    /** Listens to nothing. */
    PciConfigListener NONE = new PciConfigListener() {};

    /**
     * Before a read of the configuration space; may update it with {@link PciFunction#setConfig}.
     *
     * @param offset first byte
     * @param size 1, 2 or 4
     */
    default void beforeRead(PciFunction function, int offset, int size) {}

    /** After a write, with the write masks applied. */
    default void afterWrite(PciFunction function, int offset, int size) {}
}
