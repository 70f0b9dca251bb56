package org.interposer.engine.softcpu.sys;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.GuestFault;
import org.interposer.engine.softcpu.cpu.Segment;

/** Addresses through segments outside 64-bit mode (SDM vol. 3 §5.3, §5.5). */
public final class Segmentation {
    private static final long CANONICAL = 0xffff_8000_0000_0000L;

    private Segmentation() {}

    /** Linear address of an access; #GP, or #SS for the stack segment, where it is not allowed. */
    public static long linear(Cpu c, int seg, long offset, int size, boolean write) {
        Segment s = c.seg[seg];
        if (!s.flat) {
            check(c, seg, s, offset, size, write);
        }
        return c.r[Cpu.SEG_BASE + seg] + offset & 0xffff_ffffL;
    }

    /** The same in any mode. */
    static long address(Cpu c, int seg, long offset, int size, boolean write) {
        if (c.code64()) {
            return seg >= Cpu.FS ? offset + c.r[Cpu.SEG_BASE + seg] : offset;
        }
        return linear(c, seg, offset, size, write);
    }

    private static void check(Cpu c, int seg, Segment s, long offset, int size, boolean write) {
        boolean allowed = s.usable() && s.has(Segment.P);
        if (c.protectedMode() && !c.v86()) {
            allowed &=
                    write
                            ? !s.isCode() && s.has(Segment.WRITABLE)
                            : !s.isCode() || s.has(Segment.READABLE);
        }
        if (!allowed || !inLimit(s.limit, s.attributes, offset, size)) {
            throw c.fault(seg == Cpu.SS ? GuestFault.SS : GuestFault.GP, 0);
        }
    }

    /** Whether an access is inside a segment of that limit and those attributes. */
    static boolean inLimit(int segmentLimit, int attributes, long offset, int size) {
        long limit = segmentLimit & 0xffff_ffffL;
        long last = offset + size - 1;
        boolean code = (attributes & Segment.CODE) != 0;
        if (!code && (attributes & Segment.EXPAND_DOWN) != 0) {
            long top = (attributes & Segment.DB) != 0 ? 0xffff_ffffL : 0xffff;
            return offset > limit && last <= top;
        }
        return last <= limit;
    }

    /** Bits 47–63 are equal. */
    public static boolean canonical(long address) {
        long high = address & CANONICAL;
        return high == 0 || high == CANONICAL;
    }
}
