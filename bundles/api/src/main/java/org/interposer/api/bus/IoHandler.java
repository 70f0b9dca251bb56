package org.interposer.api.bus;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Registers behind a range of the bus. Called on the vCPU thread that made the access, several at a
 * time when the machine has several vCPUs; must not block on a back-end and must not throw for
 * anything a guest does.
 */
@ConsumerType
public interface IoHandler {
    /**
     * A guest read.
     *
     * @param offset bytes from the start of the range
     * @param size 1, 2, 4 or 8 bytes
     * @return the value in the low {@code size} bytes; higher bits are ignored
     */
    long read(long offset, int size);

    /**
     * A guest write.
     *
     * @param offset bytes from the start of the range
     * @param size 1, 2, 4 or 8 bytes
     * @param value in the low {@code size} bytes, zero-extended
     */
    void write(long offset, int size, long value);
}
