package org.interposer.api.bus;

import org.osgi.annotation.versioning.ProviderType;

/** Something placed on the bus. Thread-safe. */
@ProviderType
public interface Mapping extends AutoCloseable {
    /**
     * Takes it off the bus. When it returns no new access reaches the handler; one that is running
     * on another vCPU thread may still finish. Idempotent.
     */
    @Override
    void close();
}
