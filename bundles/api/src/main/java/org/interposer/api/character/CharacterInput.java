package org.interposer.api.character;

import org.osgi.annotation.versioning.ConsumerType;

/** A character front-end's receiving side. Thread-safe. */
@ConsumerType
public interface CharacterInput {
    /**
     * Offers input to the guest.
     *
     * @return bytes taken, fewer than offered while the device's FIFO is full
     */
    int input(byte[] data, int offset, int length);
}
