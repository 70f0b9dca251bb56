package org.interposer.api.block;

import java.io.IOException;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A configured interposer that ports open over what is below. A service with the property {@link
 * #ID}. Thread-safe.
 */
@ConsumerType
public interface BlockInterposerProvider {
    /** Service property: its id, which chains name. Unique over back-ends and interposers. */
    String ID = "id";

    /** Its id. */
    String id();

    /** One line for listings. */
    String describe();

    /**
     * Opens a stage over {@code lower}, a link whose far end the port may exchange while nothing is
     * in flight.
     *
     * @throws IOException when it cannot; the message names it, the reason and the way out
     */
    BlockBackend open(BlockBackend lower) throws IOException;
}
