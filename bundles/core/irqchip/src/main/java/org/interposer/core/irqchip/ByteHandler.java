package org.interposer.core.irqchip;

import org.interposer.api.bus.IoHandler;

/** Registers one byte wide: wider accesses become several. */
abstract class ByteHandler implements IoHandler {
    abstract int readByte(int register);

    abstract void writeByte(int register, int value);

    @Override
    public final long read(long offset, int size) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= (long) (readByte((int) offset + i) & 0xFF) << (8 * i);
        }
        return value;
    }

    @Override
    public final void write(long offset, int size, long value) {
        for (int i = 0; i < size; i++) {
            writeByte((int) offset + i, (int) (value >>> (8 * i)) & 0xFF);
        }
    }
}
