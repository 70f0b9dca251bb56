package org.interposer.core.irqchip;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.IntUnaryOperator;
import org.interposer.api.state.StateException;

/** The register page of a local APIC as its state holds it: a register each 16 bytes. */
final class ApicImage {
    private static final int BYTES = 1024;
    private static final int STRIDE = 16;

    private ApicImage() {}

    static byte[] of(IntUnaryOperator registers) {
        ByteBuffer image = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int register = 0; register < ApicRegister.COUNT; register++) {
            image.putInt(register * STRIDE, registers.applyAsInt(register));
        }
        return image.array();
    }

    /**
     * Looks at an image before anything is changed.
     *
     * @throws StateException when it is no register page
     */
    static byte[] checked(byte[] image) {
        if (image.length != BYTES) {
            throw new StateException(
                    "state of 'irq.lapic' has a register page of "
                            + image.length
                            + " bytes instead of "
                            + BYTES);
        }
        return image;
    }

    static void copy(byte[] from, AtomicIntegerArray page) {
        ByteBuffer image = ByteBuffer.wrap(from).order(ByteOrder.LITTLE_ENDIAN);
        for (int register = 0; register < ApicRegister.COUNT; register++) {
            page.set(register, image.getInt(register * STRIDE));
        }
    }
}
