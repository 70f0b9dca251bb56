package org.interposer.engine.softcpu.op;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;
import org.interposer.engine.softcpu.sys.Segmentation;

/** An operation with an operand in memory, or one that calculates its address. */
public abstract class MemOp extends Op {
    private final int base;
    private final int index;
    private final int scale;
    private final long disp;
    private final boolean simple;
    private final long mask;

    /** Segment of the operand. */
    public final int seg;

    private final int bytes;
    private final boolean writes;

    /**
     * Of a decoded instruction.
     *
     * @param bytes size of the operand
     * @param writes whether it is written, too
     */
    protected MemOp(Insn i, int bytes, boolean writes) {
        super(i.off, i.length);
        base = i.base;
        index = i.index;
        scale = i.scale;
        disp = i.disp;
        simple = i.simple;
        mask = i.addrSize == 8 ? -1L : (1L << i.addrSize * 8) - 1;
        seg = i.seg;
        this.bytes = bytes;
        this.writes = writes;
    }

    @Override
    public boolean stack() {
        return seg == Cpu.SS;
    }

    /** Linear address of the operand; outside 64-bit mode after the segment's checks. */
    protected final long ea(Cpu c) {
        long[] r = c.r;
        long a = r[base] + (r[index] << scale) + disp;
        return simple ? a : segmented(c, a & mask, bytes);
    }

    /** Offset of the operand in its segment, as LEA gives it. */
    protected final long offset(Cpu c) {
        long[] r = c.r;
        return r[base] + (r[index] << scale) + disp & mask;
    }

    /** Linear address of a part of the operand, or of what is near it. */
    protected final long ea(Cpu c, long delta, int size) {
        long[] r = c.r;
        long a = r[base] + (r[index] << scale) + disp + delta;
        return simple ? a : segmented(c, a & mask, size);
    }

    private long segmented(Cpu c, long a, int size) {
        if (c.code64()) {
            return seg >= Cpu.FS ? a + c.r[Cpu.SEG_BASE + seg] : a;
        }
        return Segmentation.linear(c, seg, a, size, writes);
    }
}
