package org.interposer.core.memory;

import java.nio.channels.FileChannel;
import java.util.OptionalInt;

/** A sparse file of fixed size that holds the RAM of one machine. */
interface RamFile extends AutoCloseable {
    /** Its channel for mapping, open until {@link #close}; the mappings outlive it. */
    FileChannel channel();

    /**
     * Told of each mapping before its first use, to ask the host for large pages behind it. What
     * the host makes of that is its own affair; nothing else depends on it.
     *
     * @param address in this process, of a mapping that stays until the call returns
     * @param bytes its length
     */
    void mapped(long address, long bytes);

    /**
     * Gives pages back to the host.
     *
     * @return false when the host cannot; the caller then writes zeroes
     */
    boolean punch(long offset, long length);

    /** Its descriptor where it has one. */
    OptionalInt descriptor();

    /** Closes it; mappings stay. */
    @Override
    void close();
}
