package org.interposer.engine.softcpu.mem;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Which parts of guest RAM some vCPU has decoded: one bit a line of 64 bytes, so that data beside
 * code can be written without throwing the code away. Any thread, no lock.
 */
public final class CodeMap {
    private static final int PAGE_SHIFT = 12;
    private static final int LINE_SHIFT = 6;
    private static final int BLOCK_SHIFT = 10;
    private static final int BLOCK_PAGES = 1 << BLOCK_SHIFT;
    private static final long TOP = 1L << 46;

    private final AtomicReferenceArray<AtomicLongArray> blocks;

    /** For guest-physical addresses below an end. */
    public CodeMap(long end) {
        long pages = Math.min(end, TOP) + (1 << PAGE_SHIFT) - 1 >>> PAGE_SHIFT;
        blocks = new AtomicReferenceArray<>((int) (pages >>> BLOCK_SHIFT) + 1);
    }

    /** The decoded lines of a page, bit 0 the lowest. */
    public long lines(long address) {
        int block = block(address);
        AtomicLongArray array = block < 0 ? null : blocks.get(block);
        return array == null ? 0 : array.get(page(address));
    }

    /** Notes lines of a page as decoded; returns those noted before. */
    public long add(long address, long lines) {
        int block = block(address);
        if (block < 0) {
            return -1L; // Not RAM: never written, so nothing needs noting.
        }
        AtomicLongArray array = blocks.get(block);
        if (array == null) {
            blocks.compareAndSet(block, null, new AtomicLongArray(BLOCK_PAGES));
            array = blocks.get(block);
        }
        return array.getAndUpdate(page(address), old -> old | lines);
    }

    /** Forgets a page; returns its lines. */
    public long clear(long address) {
        int block = block(address);
        AtomicLongArray array = block < 0 ? null : blocks.get(block);
        return array == null ? 0 : array.getAndSet(page(address), 0);
    }

    /** The lines that a range inside one page touches. */
    public static long linesOf(long address, int length) {
        int first = (int) (address & 0xfff) >>> LINE_SHIFT;
        int last = (int) ((address & 0xfff) + length - 1) >>> LINE_SHIFT;
        return -1L << first & -1L >>> 63 - last;
    }

    private int block(long address) {
        long block = address >>> PAGE_SHIFT + BLOCK_SHIFT;
        return block < blocks.length() ? (int) block : -1;
    }

    private static int page(long address) {
        return (int) (address >>> PAGE_SHIFT) & BLOCK_PAGES - 1;
    }
}
