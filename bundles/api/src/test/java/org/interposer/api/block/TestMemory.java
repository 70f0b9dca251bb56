package org.interposer.api.block;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.util.Random;
import org.interposer.api.memory.MemorySlices;

/** Stands for guest memory: a direct buffer whose host address is known. */
public final class TestMemory {
    private final ByteBuffer buffer;
    private final long address;

    /** Zeroes. */
    public TestMemory(int bytes) {
        buffer = ByteBuffer.allocateDirect(bytes + 4096);
        address = addressOf(buffer);
    }

    /** The memory itself; absolute access only. */
    public ByteBuffer buffer() {
        return buffer;
    }

    /** Appends {@code length} bytes from {@code offset} as one slice. */
    public void slice(MemorySlices into, int offset, int length) {
        if (!into.add(offset, buffer, address, offset, length)) {
            throw new IllegalStateException("the list of slices is full");
        }
    }

    /** Appends {@code length} bytes from {@code offset} as slices of odd lengths. */
    public void odd(MemorySlices into, int offset, int length, int pieces, Random random) {
        int at = offset;
        int left = length;
        for (int i = pieces; i > 1 && left > 1; i--) {
            int part = 1 + random.nextInt(Math.max(1, 2 * left / i - 1));
            part = Math.min(part, left - 1);
            slice(into, at, part);
            at += part;
            left -= part;
        }
        slice(into, at, left);
    }

    /** Offset whose host address is a multiple of 4096. */
    public int aligned() {
        return (int) (-address & 4095);
    }

    private static long addressOf(ByteBuffer direct) {
        try {
            // The kit must run without any library but JUnit, so the address comes from the JDK.
            Class<?> type = Class.forName("sun.misc.Unsafe");
            Field instance = type.getDeclaredField("theUnsafe");
            instance.setAccessible(true);
            Method offset = type.getMethod("objectFieldOffset", Field.class);
            Method get = type.getMethod("getLong", Object.class, long.class);
            Object unsafe = instance.get(null);
            // SAFETY: reads the long field "address" of java.nio.Buffer; changes nothing.
            Field field = Buffer.class.getDeclaredField("address");
            return (long) get.invoke(unsafe, direct, offset.invoke(unsafe, field));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this JDK hides the address of direct buffers", e);
        }
    }
}
