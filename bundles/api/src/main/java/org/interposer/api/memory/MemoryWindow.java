package org.interposer.api.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A bounds-checked window on guest RAM whose accessors say their memory ordering. Offsets are in
 * bytes from the start of the window; an offset outside it throws {@link
 * IndexOutOfBoundsException}, which is an error of the device, not of the guest.
 *
 * <p>{@code get}/{@code put} are plain and need no alignment; {@code Acquire}, {@code Release} and
 * {@code Volatile} accesses must be naturally aligned in guest memory. Thread-safe in the sense of
 * those orderings.
 */
public final class MemoryWindow {
    private static final VarHandle SHORT =
            MethodHandles.byteBufferViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT =
            MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG =
            MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final ByteBuffer buffer;
    private final long address;
    private final DirtyLog dirty;

    /**
     * For implementations of {@link GuestMemory} and for tests.
     *
     * @param buffer direct buffer whose whole capacity is the window
     * @param address guest-physical address of its first byte
     * @param dirty where writes are marked
     */
    public MemoryWindow(ByteBuffer buffer, long address, DirtyLog dirty) {
        this.buffer = buffer.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        this.address = address;
        this.dirty = dirty;
    }

    /** Guest-physical address of offset 0. */
    public long address() {
        return address;
    }

    /** Bytes. */
    public int length() {
        return buffer.capacity();
    }

    /** Unsigned byte, plain. */
    public int get8(int offset) {
        return buffer.get(offset) & 0xff;
    }

    /** Unsigned 16-bit value, plain. */
    public int get16(int offset) {
        return (short) SHORT.get(buffer, offset) & 0xffff;
    }

    /** 32-bit value, plain. */
    public int get32(int offset) {
        return (int) INT.get(buffer, offset);
    }

    /** 64-bit value, plain. */
    public long get64(int offset) {
        return (long) LONG.get(buffer, offset);
    }

    /** Unsigned 16-bit value; later accesses are not moved before it. */
    public int get16Acquire(int offset) {
        return (short) SHORT.getAcquire(buffer, offset) & 0xffff;
    }

    /** Byte, plain. */
    public void put8(int offset, int value) {
        buffer.put(offset, (byte) value);
        wrote(offset, 1);
    }

    /** 16-bit value, plain. */
    public void put16(int offset, int value) {
        SHORT.set(buffer, offset, (short) value);
        wrote(offset, 2);
    }

    /** 32-bit value, plain. */
    public void put32(int offset, int value) {
        INT.set(buffer, offset, value);
        wrote(offset, 4);
    }

    /** 64-bit value, plain. */
    public void put64(int offset, long value) {
        LONG.set(buffer, offset, value);
        wrote(offset, 8);
    }

    /** 16-bit value; earlier accesses are not moved behind it. */
    public void put16Release(int offset, int value) {
        SHORT.setRelease(buffer, offset, (short) value);
        wrote(offset, 2);
    }

    /** Copies out, plain. */
    public void get(int offset, byte[] target, int at, int length) {
        buffer.get(offset, target, at, length);
    }

    /** Copies in, plain. */
    public void put(int offset, byte[] source, int at, int length) {
        buffer.put(offset, source, at, length);
        wrote(offset, length);
    }

    private void wrote(int offset, int length) {
        if (dirty.enabled()) {
            dirty.mark(address + offset, length);
        }
    }
}
