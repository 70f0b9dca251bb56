package org.interposer.api.memory;

import org.osgi.annotation.versioning.ConsumerType;

/** Told when the guest-physical map changes; an engine keeps its memory slots in step with it. */
@ConsumerType
public interface MemoryListener {
    /**
     * A region was added. Called on the thread that changes the map, before the call that adds it
     * returns.
     */
    void regionAdded(MemoryRegion region);

    /** A region was removed; the listener must not use its host mappings after it returns. */
    void regionRemoved(MemoryRegion region);
}
