package org.interposer.core.pci;

import org.interposer.api.bus.IoHandler;

/** Reads as a constant plus the offset, remembers the last write. */
final class Registers implements IoHandler {
    private final long constant;
    long offset = -1;
    long value = -1;

    Registers(long constant) {
        this.constant = constant;
    }

    @Override
    public long read(long at, int size) {
        return constant + at;
    }

    @Override
    public void write(long at, int size, long written) {
        offset = at;
        value = written;
    }
}
