package org.interposer.engine.softcpu.mem;

import java.lang.reflect.Field;
import sun.misc.Unsafe;

/**
 * Raw access to the host's memory: guest RAM and the translation tables of the vCPUs.
 *
 * <p>SAFETY: nothing here checks an address. Each caller has one that came from a host mapping of
 * the guest's memory, bounds-checked when the translation was filled ({@link PhysicalMemory}), or
 * from {@link #allocate}. Guest RAM stays mapped until its engine part is closed.
 */
public final class Host {
    private static final Unsafe U = find();

    private Host() {}

    private static Unsafe find() {
        try {
            Field field = Unsafe.class.getDeclaredField("theUnsafe");
            field.setAccessible(true);
            return (Unsafe) field.get(null);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Zeroed memory outside the heap. */
    public static long allocate(long bytes) {
        long address = U.allocateMemory(bytes);
        U.setMemory(address, bytes, (byte) 0);
        return address;
    }

    public static void free(long address) {
        U.freeMemory(address);
    }

    public static void fill(long address, long bytes, byte value) {
        U.setMemory(address, bytes, value);
    }

    public static void copy(long from, long to, long bytes) {
        U.copyMemory(from, to, bytes);
    }

    /** Unsigned. */
    public static int get8(long a) {
        return U.getByte(a) & 0xff;
    }

    /** Unsigned. */
    public static int get16(long a) {
        return U.getShort(a) & 0xffff;
    }

    public static int get32(long a) {
        return U.getInt(a);
    }

    public static long get64(long a) {
        return U.getLong(a);
    }

    public static void put8(long a, int v) {
        U.putByte(a, (byte) v);
    }

    public static void put16(long a, int v) {
        U.putShort(a, (short) v);
    }

    public static void put32(long a, int v) {
        U.putInt(a, v);
    }

    public static void put64(long a, long v) {
        U.putLong(a, v);
    }

    /** Zero-extended value of 1, 2, 4 or 8 bytes. */
    public static long get(long a, int size) {
        return switch (size) {
            case 1 -> U.getByte(a) & 0xffL;
            case 2 -> U.getShort(a) & 0xffffL;
            case 4 -> U.getInt(a) & 0xffff_ffffL;
            default -> U.getLong(a);
        };
    }

    /** Low 1, 2, 4 or 8 bytes of the value. */
    public static void put(long a, int size, long v) {
        switch (size) {
            case 1 -> U.putByte(a, (byte) v);
            case 2 -> U.putShort(a, (short) v);
            case 4 -> U.putInt(a, (int) v);
            default -> U.putLong(a, v);
        }
    }

    /**
     * Compare and set of 1, 2, 4 or 8 bytes, as LOCK CMPXCHG does; also where it is not aligned, as
     * x86 hosts allow. A byte or a word goes by the aligned 4 bytes around it.
     */
    public static boolean compareAndSet(long a, int size, long expected, long wanted) {
        return switch (size) {
            case 8 -> U.compareAndSwapLong(null, a, expected, wanted);
            case 4 -> U.compareAndSwapInt(null, a, (int) expected, (int) wanted);
            default -> compareAndSetPart(a, size, expected, wanted);
        };
    }

    private static boolean compareAndSetPart(long a, int size, long expected, long wanted) {
        boolean split = (a & 3) + size > 4;
        long word = split ? a - 1 : a & ~3L; // A split word never crosses the page: see Mmu.
        int shift = (int) (a - word) * 8;
        int mask = (size == 1 ? 0xff : 0xffff) << shift;
        while (true) {
            int old = U.getIntVolatile(null, word);
            if ((old & mask) != ((int) expected << shift & mask)) {
                return false;
            }
            int next = old & ~mask | (int) wanted << shift & mask;
            if (U.compareAndSwapInt(null, word, old, next)) {
                return true;
            }
        }
    }

    public static void fullFence() {
        U.fullFence();
    }
}
