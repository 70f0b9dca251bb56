package org.interposer.api.character;

import org.osgi.annotation.versioning.ConsumerType;

/** Where a character front-end's bytes go. A service with the property {@link #ID}. Thread-safe. */
@ConsumerType
public interface CharacterBackend {
    /** Service property: its id, which front-ends name. */
    String ID = "id";

    /** Its id. */
    String id();

    /** Output of the guest. Never blocks: what nobody takes in time is dropped, oldest first. */
    void write(byte[] data, int offset, int length);

    /**
     * Where input goes; replaces the one before.
     *
     * @return closes the connection, if it is still this one
     */
    AutoCloseable connect(CharacterInput input);
}
