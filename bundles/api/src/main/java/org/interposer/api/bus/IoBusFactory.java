package org.interposer.api.bus;

import org.osgi.annotation.versioning.ProviderType;

/** Service that makes the I/O bus of a machine. Thread-safe. */
@ProviderType
public interface IoBusFactory {
    /** An empty bus. */
    IoBus create();
}
