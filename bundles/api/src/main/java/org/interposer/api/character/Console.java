package org.interposer.api.character;

import java.io.OutputStream;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A character back-end that people attach to: output with history, input from whoever is attached.
 * A service. Thread-safe.
 */
@ProviderType
public interface Console extends CharacterBackend {
    /**
     * Attaches a terminal: gets the history, then all output as it comes, on a thread of the
     * console. A terminal that does not keep up loses the oldest output, never the guest's time.
     *
     * @return detaches
     */
    AutoCloseable attach(OutputStream terminal);

    /**
     * Types. Bytes the guest does not take yet are kept, up to 64 KiB; the rest is refused. @return
     * bytes taken
     */
    int type(byte[] data, int offset, int length);

    /** The last output, up to the configured size. */
    byte[] history();
}
