package org.interposer.api.block;

import java.io.IOException;
import org.osgi.annotation.versioning.ProviderType;

/** Service that opens ports. Thread-safe. */
@ProviderType
public interface BlockPortFactory {
    /**
     * Opens the chain and registers a {@link BlockPortControl} for it. A stage that is not there
     * yet is waited for, up to 5 s.
     *
     * @throws IOException when a stage is missing or does not open; the message names it, the
     *     reason and the way out
     */
    BlockPort open(PortSpec spec) throws IOException;
}
