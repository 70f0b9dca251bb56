package org.interposer.core.pci;

import org.interposer.api.bus.IoHandler;

/**
 * CONFIG_ADDRESS at ports 0xCF8–0xCFB, for 32-bit accesses only (PCI 2.3 §3.2.2.3.2). Narrower ones
 * are for whoever has a register there, as the reset control register at 0xCF9, which is placed
 * over it with a higher priority.
 */
final class ConfigAddress implements IoHandler {
    private static final int VALID_BITS = 0x80FF_FFFC;

    private volatile int address;

    int get() {
        return address;
    }

    void set(int value) {
        address = value & VALID_BITS;
    }

    @Override
    public long read(long offset, int size) {
        return size == 4 ? address : -1;
    }

    @Override
    public void write(long offset, int size, long value) {
        if (size == 4) {
            set((int) value);
        }
    }
}
