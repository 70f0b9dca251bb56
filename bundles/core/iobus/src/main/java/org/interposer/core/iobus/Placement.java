package org.interposer.core.iobus;

import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.IoHandler;

/**
 * A handler at its place; compared by identity, since the same handler may be placed twice.
 *
 * @param last last address, inclusive; addresses are unsigned
 */
record Placement(
        AddressSpace space, long base, long last, int priority, String owner, IoHandler handler) {

    private static final long LAST_PORT = 0xFFFF;

    static Placement of(
            AddressSpace space,
            long base,
            long length,
            int priority,
            String owner,
            IoHandler handler) {
        long last = base + length - 1;
        boolean wraps = Long.compareUnsigned(last, base) < 0;
        boolean beyond = space == AddressSpace.PORT && Long.compareUnsigned(last, LAST_PORT) > 0;
        if (length < 1 || wraps || beyond) {
            throw new IllegalArgumentException(
                    String.format(
                            "%s cannot map %d addresses from 0x%x in %s: the range must have at"
                                    + " least one address and end at 0x%x or before",
                            owner,
                            length,
                            base,
                            space,
                            space == AddressSpace.PORT ? LAST_PORT : -1L));
        }
        return new Placement(space, base, last, priority, owner, handler);
    }

    boolean contains(long address) {
        return Long.compareUnsigned(address, base) >= 0 && Long.compareUnsigned(address, last) <= 0;
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
