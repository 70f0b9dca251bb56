package org.interposer.engine.softcpu.simd;

import org.interposer.engine.softcpu.cpu.Cpu;

/** What MASKMOVQ and MASKMOVDQU share. */
final class Masked {
    private static final long PAGE = -1L << 12;

    private Masked() {}

    /**
     * Faults for pages where a byte will be written, and only for those. CR2 is the operand's first
     * byte in such a page, whether the mask has it or not, as AMD's processors report it.
     */
    static void probe(Cpu c, long va, int mask) {
        if (mask != 0) {
            long first = va + Integer.numberOfTrailingZeros(mask);
            long last = va + 31 - Integer.numberOfLeadingZeros(mask);
            long from = (first & PAGE) == (va & PAGE) ? va : first & PAGE;
            c.mmu.probeWrite(from, (int) (last - from) + 1);
        }
    }

    static void store(Cpu c, long va, long v, int mask) {
        for (int n = 0; n < 8; n++) {
            if ((mask >> n & 1) != 0) {
                c.st8(va + n, (int) (v >>> 8 * n));
            }
        }
    }
}
