package org.interposer.api.irq;

import java.util.OptionalInt;
import org.osgi.annotation.versioning.ProviderType;

/** A prepared way for one message: cheap to signal, slow to change. Thread-safe. */
@ProviderType
public interface MsiRoute extends AutoCloseable {
    /** Sets the message that {@link #signal} sends. */
    void update(MsiMessage message);

    /** Sends the message; nothing before the first {@link #update}. Hot path: no allocation. */
    void signal();

    /**
     * An eventfd whose signal sends the message without this process (irqfd); empty where the
     * engine has none.
     */
    OptionalInt descriptor();

    /** Frees it. */
    @Override
    void close();
}
