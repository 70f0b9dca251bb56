package org.interposer.engine.softcpu.simd;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Flags;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;

/**
 * PCMPESTRI, PCMPESTRM, PCMPISTRI and PCMPISTRM (SDM vol. 2 §4.1). The first operand is the one in
 * ModRM.reg; the memory operand need not be aligned.
 */
final class StringOp extends XmmOp {
    private static final int ANY = 0, RANGES = 1, EACH = 2;

    private final boolean explicit;
    private final boolean index;
    private final boolean wideLengths;

    /** Bits of an element: 8 or 16. */
    private final int width;

    private final boolean signed;
    private final int aggregation;
    private final int polarity;

    /** Immediate bit 6: the last index, or a mask of whole elements. */
    private final boolean expanded;

    StringOp(Insn i, boolean explicit, boolean index) {
        super(i, 16);
        int imm = (int) i.imm;
        this.explicit = explicit;
        this.index = index;
        wideLengths = CrossOps.wide(i);
        width = (imm & 1) != 0 ? 16 : 8;
        signed = (imm & 2) != 0;
        aggregation = imm >> 2 & 3;
        polarity = imm >> 4 & 3;
        expanded = (imm & 0x40) != 0;
    }

    @Override
    public Op exec(Cpu c) {
        int s = source(c);
        int count = 128 / width;
        int first = explicit ? length(c, Cpu.RAX, count) : length(c.xmm, d, count);
        int second = explicit ? length(c, Cpu.RDX, count) : length(c.xmm, s, count);
        int found = compare(c.xmm, s, first, second, count);
        if ((polarity & 1) != 0) {
            found ^= polarity == 3 ? (1 << second) - 1 : (1 << count) - 1;
        }
        if (index) {
            c.r[Cpu.RCX] = indexOf(found, count);
        } else {
            mask(c.xmm, found);
        }
        Flags.setArithmetic(
                c,
                (found != 0 ? Flags.CF : 0)
                        | (second < count ? Flags.ZF : 0)
                        | (first < count ? Flags.SF : 0)
                        | ((found & 1) != 0 ? Flags.OF : 0));
        return next;
    }

    /** Explicit: the magnitude of a signed register, at most the number of elements. */
    private int length(Cpu c, int register, int count) {
        long v = wideLengths ? c.r[register] : (int) c.r[register];
        return v > -count && v < count ? (int) Math.abs(v) : count;
    }

    /** Implicit: up to the first element that is 0. */
    private int length(long[] x, int slot, int count) {
        int n = 0;
        while (n < count && element(x, slot, n) != 0) {
            n++;
        }
        return n;
    }

    private int element(long[] x, int slot, int n) {
        int at = n * width;
        int v = (int) (x[slot + (at >> 6)] >>> (at & 63));
        if (width == 8) {
            return signed ? (byte) v : v & 0xff;
        }
        return signed ? (short) v : v & 0xffff;
    }

    /** A bit for each element of the second operand. */
    private int compare(long[] x, int s, int first, int second, int count) {
        int found = 0;
        for (int j = 0; j < count; j++) {
            boolean hit =
                    switch (aggregation) {
                        case ANY -> j < second && any(x, element(x, s, j), first);
                        case RANGES -> j < second && inRanges(x, element(x, s, j), first);
                        case EACH -> each(x, s, j, first, second);
                        default -> ordered(x, s, j, first, second, count);
                    };
            found |= hit ? 1 << j : 0;
        }
        return found;
    }

    private boolean any(long[] x, int v, int first) {
        for (int i = 0; i < first; i++) {
            if (element(x, d, i) == v) {
                return true;
            }
        }
        return false;
    }

    private boolean inRanges(long[] x, int v, int first) {
        for (int i = 0; i + 1 < first; i += 2) {
            if (v >= element(x, d, i) && v <= element(x, d, i + 1)) {
                return true;
            }
        }
        return false;
    }

    /** Behind both ends elements are equal, behind one they are not. */
    private boolean each(long[] x, int s, int j, int first, int second) {
        if (j >= first || j >= second) {
            return j >= first && j >= second;
        }
        return element(x, d, j) == element(x, s, j);
    }

    /** The first operand begins at j in the second, as far as that can be seen. */
    private boolean ordered(long[] x, int s, int j, int first, int second, int count) {
        for (int i = 0; i < first && i + j < count; i++) {
            if (i + j >= second || element(x, d, i) != element(x, s, i + j)) {
                return false;
            }
        }
        return true;
    }

    private int indexOf(int found, int count) {
        if (found == 0) {
            return count;
        }
        return expanded
                ? 31 - Integer.numberOfLeadingZeros(found)
                : Integer.numberOfTrailingZeros(found);
    }

    /** Into XMM0. */
    private void mask(long[] x, int found) {
        if (!expanded) {
            x[0] = found;
            x[1] = 0;
            return;
        }
        x[0] = 0;
        x[1] = 0;
        long ones = (1L << width) - 1;
        for (int at = 0; at < 128; at += width) {
            if ((found >> at / width & 1) != 0) {
                x[at >> 6] |= ones << (at & 63);
            }
        }
    }
}
