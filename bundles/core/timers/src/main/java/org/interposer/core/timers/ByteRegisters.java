package org.interposer.core.timers;

import org.interposer.api.bus.IoHandler;

/** Registers one byte wide: wider accesses become several. */
interface ByteRegisters extends IoHandler {
    /** A read; the value is 0–255. */
    int readByte(int offset);

    /** A write; the value is 0–255. */
    void writeByte(int offset, int value);

    @Override
    default long read(long offset, int size) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= (long) readByte((int) offset + i) << (8 * i);
        }
        return value;
    }

    @Override
    default void write(long offset, int size, long value) {
        for (int i = 0; i < size; i++) {
            writeByte((int) offset + i, (int) (value >>> (8 * i)) & 0xFF);
        }
    }
}
