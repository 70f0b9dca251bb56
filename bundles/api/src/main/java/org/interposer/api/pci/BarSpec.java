package org.interposer.api.pci;

import org.interposer.api.bus.IoHandler;

/**
 * A base address register and what is behind it.
 *
 * @param index 0–5; a 64-bit BAR also takes the next index
 * @param kind address space and width
 * @param prefetchable as shown in bit 3 (memory only)
 * @param size bytes, a power of two, at least 4 (ports) or 16 (memory)
 * @param handler the registers, offsets from the start of the BAR
 */
public record BarSpec(int index, Kind kind, boolean prefetchable, long size, IoHandler handler) {
    /** What a BAR decodes. */
    public enum Kind {
        /** Ports. */
        IO,
        /** Memory below 4 GiB. */
        MEMORY_32,
        /** Memory anywhere. */
        MEMORY_64
    }

    /** Checks size and index. */
    public BarSpec {
        if (index < 0 || index > 5 || (kind == Kind.MEMORY_64 && index == 5)) {
            throw new IllegalArgumentException("BAR " + index + " does not exist");
        }
        if (Long.bitCount(size) != 1 || size < (kind == Kind.IO ? 4 : 16)) {
            throw new IllegalArgumentException("BAR " + index + " has size " + size);
        }
    }
}
