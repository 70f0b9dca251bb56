package org.interposer.api.block;

import java.io.IOException;
import org.osgi.annotation.versioning.ConsumerType;

/** A configured back-end that ports open. A service with the property {@link #ID}. Thread-safe. */
@ConsumerType
public interface BlockBackendProvider {
    /** Service property: its id, which chains name. Unique over back-ends and interposers. */
    String ID = "id";

    /** Its id. */
    String id();

    /** One line for listings: {@code file /srv/a.img, 10 GiB, direct}. */
    String describe();

    /**
     * Opens it. A port opens it before it lets go of what it used till then.
     *
     * @throws IOException when it cannot be opened or is in use elsewhere; the message names it,
     *     the reason and the way out
     */
    BlockBackend open() throws IOException;
}
