package org.interposer.frontend.testdev;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.interposer.api.bus.IoHandler;

/** Bytes that read back what was written, by accesses of any size. vCPU threads, no lock. */
final class Latch implements IoHandler {
    private final AtomicIntegerArray bytes;

    Latch(int length) {
        bytes = new AtomicIntegerArray(length);
    }

    @Override
    public long read(long offset, int size) {
        long value = 0;
        for (int i = 0; i < size && offset + i < bytes.length(); i++) {
            value |= (long) bytes.get((int) offset + i) << i * 8;
        }
        return value;
    }

    @Override
    public void write(long offset, int size, long value) {
        for (int i = 0; i < size && offset + i < bytes.length(); i++) {
            bytes.set((int) offset + i, (int) (value >>> i * 8) & 0xff);
        }
    }

    void clear() {
        for (int i = 0; i < bytes.length(); i++) {
            bytes.set(i, 0);
        }
    }

    byte[] save() {
        byte[] copy = new byte[bytes.length()];
        for (int i = 0; i < copy.length; i++) {
            copy[i] = (byte) bytes.get(i);
        }
        return copy;
    }

    /**
     * Takes saved bytes over.
     *
     * @throws IllegalArgumentException when there are not as many as it has
     */
    void restore(byte[] saved) {
        if (saved.length != bytes.length()) {
            throw new IllegalArgumentException(
                    "a latch of " + bytes.length() + " bytes cannot take " + saved.length);
        }
        for (int i = 0; i < saved.length; i++) {
            bytes.set(i, saved[i] & 0xff);
        }
    }
}
