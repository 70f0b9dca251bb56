package org.interposer.engine.softcpu.sys;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.GuestFault;
import org.interposer.engine.softcpu.cpu.Segment;

/** Addresses through segments outside 64-bit mode (SDM vol. 3 §5.3, §5.5). */
public final class Segmentation {
    private Segmentation() {}

    /** Linear address of an access; #GP, or #SS for the stack segment, where it is not allowed. */
    public static long linear(Cpu c, int seg, long offset, int size, boolean write) {
        Segment s = c.seg[seg];
        if (!s.flat) {
            check(c, seg, s, offset, size, write);
        }
        return c.r[Cpu.SEG_BASE + seg] + offset & 0xffff_ffffL;
    }

    private static void check(Cpu c, int seg, Segment s, long offset, int size, boolean write) {
        boolean allowed = s.usable() && s.has(Segment.P);
        if (c.protectedMode() && !c.v86()) {
            allowed &=
                    write
                            ? !s.isCode() && s.has(Segment.WRITABLE)
                            : !s.isCode() || s.has(Segment.READABLE);
        }
        if (!allowed || !inLimit(s, offset, size)) {
            throw c.fault(seg == Cpu.SS ? GuestFault.SS : GuestFault.GP, 0);
        }
    }

    private static boolean inLimit(Segment s, long offset, int size) {
        long limit = s.limit & 0xffff_ffffL;
        long last = offset + size - 1;
        if (!s.isCode() && s.has(Segment.EXPAND_DOWN)) {
            long top = s.has(Segment.DB) ? 0xffff_ffffL : 0xffff;
            return offset > limit && last <= top;
        }
        return last <= limit;
    }
}
