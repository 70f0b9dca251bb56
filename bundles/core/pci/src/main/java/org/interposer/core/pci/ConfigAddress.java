package org.interposer.core.pci;

import org.interposer.api.bus.IoHandler;

/**
 * Ports 0xCF8–0xCFB: CONFIG_ADDRESS for 32-bit accesses (PCI 2.3 §3.2.2.3.2), and at 0xCF9 the
 * reset control register of the ISA bridge for bytes (PIIX3 datasheet, RC).
 */
final class ConfigAddress implements IoHandler {
    private static final int VALID_BITS = 0x80FF_FFFC;
    private static final int RESET_OFFSET = 1;
    private static final int HARD = 1 << 1;
    private static final int RESET_CPU = 1 << 2;

    private volatile int address;
    private volatile int resetControl;
    private volatile Runnable onReset = () -> {};

    int address() {
        return address;
    }

    void address(int value) {
        address = value & VALID_BITS;
    }

    int resetControl() {
        return resetControl;
    }

    void resetControl(int value) {
        resetControl = value & (HARD | RESET_CPU);
    }

    /** Called on a vCPU thread when the guest asks for a reset. */
    void onReset(Runnable action) {
        onReset = action;
    }

    void reset() {
        address = 0;
        resetControl = 0;
    }

    @Override
    public long read(long offset, int size) {
        if (size == 4) {
            return address;
        }
        return size == 1 && offset == RESET_OFFSET ? resetControl : -1;
    }

    @Override
    public void write(long offset, int size, long value) {
        if (size == 4) {
            address((int) value);
        } else if (size == 1 && offset == RESET_OFFSET) {
            resetControl((int) value);
            if ((value & RESET_CPU) != 0) {
                onReset.run();
            }
        }
    }
}
