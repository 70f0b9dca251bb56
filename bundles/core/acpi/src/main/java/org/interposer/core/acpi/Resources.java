package org.interposer.core.acpi;

import static org.interposer.core.acpi.Aml.join;
import static org.interposer.core.acpi.Aml.little;

import java.io.ByteArrayOutputStream;

/** Collects the resource descriptors of a device (ACPI 6.5 §6.4). */
final class Resources {
    private static final int MEMORY = 0;
    private static final int PORTS = 1;
    private static final int BUSES = 2;

    /** Both ends of the range are fixed. */
    private static final int FIXED = 0x0C;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** {@code WordBusNumber}: the buses a bridge passes on. */
    Resources buses(int first, int last) {
        return window(0x88, 2, BUSES, 0, first, last);
    }

    /** {@code WordIO}: the ports a bridge passes on. */
    Resources portWindow(int first, int last) {
        return window(0x88, 2, PORTS, 3, first, last);
    }

    /** {@code DWordMemory}: the memory a bridge passes on, not cacheable. */
    Resources memoryWindow(long first, long last) {
        return window(0x87, 4, MEMORY, 1, first, last);
    }

    private Resources window(int tag, int width, int type, int flags, long first, long last) {
        add(tag);
        out.writeBytes(little(3 + 5 * width, 2));
        add(type, FIXED, flags);
        for (long field : new long[] {0, first, last, 0, last - first + 1}) {
            out.writeBytes(little(field, width));
        }
        return this;
    }

    /** {@code IO (Decode16, …)}: ports of the device itself. */
    Resources ports(int first, int count) {
        add(0x47, 1);
        out.writeBytes(join(little(first, 2), little(first, 2)));
        add(1, count);
        return this;
    }

    /** {@code IRQNoFlags}: an edge-triggered ISA interrupt. */
    Resources irq(int number) {
        add(0x22);
        out.writeBytes(little(1L << number, 2));
        return this;
    }

    /** {@code Memory32Fixed (ReadWrite, …)}. */
    Resources memory(long base, long length) {
        add(0x86, 9, 0, 1);
        out.writeBytes(join(little(base, 4), little(length, 4)));
        return this;
    }

    /** {@code Interrupt (ResourceConsumer, Level, ActiveHigh, Shared)}; the first is at byte 5. */
    Resources sharedInterrupts(int... numbers) {
        add(0x89);
        out.writeBytes(little(2 + 4L * numbers.length, 2));
        add(0x09, numbers.length);
        for (int number : numbers) {
            out.writeBytes(little(number, 4));
        }
        return this;
    }

    /** {@code ResourceTemplate () {…}}. */
    byte[] template() {
        return Aml.buffer(join(out.toByteArray(), new byte[] {0x79, 0}));
    }

    private void add(int... bytes) {
        for (int b : bytes) {
            out.write(b);
        }
    }
}
