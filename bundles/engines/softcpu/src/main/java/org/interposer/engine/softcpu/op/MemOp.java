package org.interposer.engine.softcpu.op;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;
import org.interposer.engine.softcpu.sys.Segmentation;

/** An operation with an operand in memory, or one that calculates its address. */
public abstract class MemOp extends Op {
    // Small, because all decoded code competes for the host's caches.
    private final long disp;
    private final byte base;
    private final byte index;
    private final byte scale;
    private final byte addrSize;
    private final boolean simple;

    /** Segment of the operand. */
    public final byte seg;

    private final short bytes;
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
        addrSize = (byte) i.addrSize;
        seg = i.seg;
        this.bytes = (short) bytes;
        this.writes = writes;
    }

    @Override
    public boolean stack() {
        return seg == Cpu.SS;
    }

    /** Linear address of the operand; outside 64-bit mode after the segment's checks. */
    protected final long ea(Cpu c) {
        long a = sum(c);
        return simple ? a : segmented(c, masked(a), bytes);
    }

    /** Offset of the operand in its segment, as LEA gives it. */
    protected final long offset(Cpu c) {
        return masked(sum(c));
    }

    /** Base, index and displacement. */
    protected final long sum(Cpu c) {
        long[] r = c.r;
        return r[base] + (r[index] << scale) + disp;
    }

    private long masked(long a) {
        return addrSize == 8 ? a : a & (1L << addrSize * 8) - 1;
    }

    /** Linear address of a part of the operand, or of what is near it. */
    protected final long ea(Cpu c, long delta, int size) {
        long a = sum(c) + delta;
        return simple ? a : segmented(c, masked(a), size);
    }

    private long segmented(Cpu c, long a, int size) {
        if (c.code64()) {
            return seg >= Cpu.FS ? a + c.r[Cpu.SEG_BASE + seg] : a;
        }
        return Segmentation.linear(c, seg, a, size, writes);
    }
}
