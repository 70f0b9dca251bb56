package org.interposer.engine.softcpu.simd;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;

/** PINSRx, PEXTRx, INSERTPS, EXTRACTPS. */
final class InsertOps {
    private InsertOps() {}

    static void fill(Table t) {
        t.add(Table.NONE, 0x1c4, MmxInsertWord::new);
        t.addReg(Table.NONE, 0x1c5, MmxExtractWord::new);
        t.add(Table.P66, 0x1c4, i -> new Insert(i, 2));
        t.addReg(Table.P66, 0x1c5, ExtractWord::new);
        t.add(Table.P66, 0x320, i -> new Insert(i, 1));
        t.add(Table.P66, 0x322, i -> new Insert(i, CrossOps.wide(i) ? 8 : 4));
        t.add(Table.P66, 0x314, i -> new Extract(i, 1));
        t.add(Table.P66, 0x315, i -> new Extract(i, 2));
        t.add(Table.P66, 0x316, i -> new Extract(i, CrossOps.wide(i) ? 8 : 4));
        t.add(Table.P66, 0x317, i -> new Extract(i, 4)); // EXTRACTPS
        t.add(Table.P66, 0x321, InsertSingle::new);
    }

    private static long ones(int size) {
        return size == 8 ? -1L : (1L << 8 * size) - 1;
    }

    private static final class Insert extends XmmOp {
        private final int size;
        private final int general;
        private final int to;
        private final int shift;

        Insert(Insn i, int size) {
            super(i, size);
            this.size = size;
            general = i.rm;
            int at = ((int) i.imm & 16 / size - 1) * size;
            to = d + (at >> 3);
            shift = (at & 7) * 8;
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            long v = mem ? c.ld(ea(c), size) : c.r[general];
            long mask = ones(size) << shift;
            c.xmm[to] = c.xmm[to] & ~mask | v << shift & mask;
            return next;
        }
    }

    /** To a general register, whose upper bits become 0, or to memory. */
    private static final class Extract extends XmmOp {
        private final int size;
        private final int general;
        private final int from;
        private final int shift;

        Extract(Insn i, int size) {
            super(i, size, false, true);
            this.size = size;
            general = i.rm;
            int at = ((int) i.imm & 16 / size - 1) * size;
            from = d + (at >> 3);
            shift = (at & 7) * 8;
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            long v = c.xmm[from] >>> shift & ones(size);
            if (mem) {
                c.st(ea(c), size, v);
            } else {
                c.r[general] = v;
            }
            return next;
        }
    }

    /** PEXTRW of SSE2, whose general register is in ModRM.reg. */
    private static final class ExtractWord extends XmmOp {
        private final int word;

        ExtractWord(Insn i) {
            super(i, 16);
            word = (int) i.imm & 7;
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            c.r[d >> 1] = c.xmm[rm + (word >> 2)] >>> 16 * (word & 3) & 0xffff;
            return next;
        }
    }

    private static final class MmxInsertWord extends MmxOp {
        private final int general;
        private final int shift;

        MmxInsertWord(Insn i) {
            super(i, 2, false);
            general = i.rm;
            shift = ((int) i.imm & 3) * 16;
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            long v = mem ? c.ld16(ea(c)) : c.r[general] & 0xffff;
            c.x87.enterMmx();
            c.x87.setMmx(d, c.x87.mmx(d) & ~(0xffffL << shift) | v << shift);
            return next;
        }
    }

    private static final class MmxExtractWord extends MmxOp {
        private final int general;
        private final int shift;

        MmxExtractWord(Insn i) {
            super(i);
            general = i.reg;
            shift = ((int) i.imm & 3) * 16;
        }

        @Override
        public Op exec(Cpu c) {
            c.r[general] = source(c) >>> shift & 0xffff;
            return next;
        }
    }

    /** INSERTPS: from memory always the dword that is there. */
    private static final class InsertSingle extends XmmOp {
        private final int from;
        private final int to;
        private final int zeros;

        InsertSingle(Insn i) {
            super(i, 4);
            from = (int) i.imm >> 6 & 3;
            to = (int) i.imm >> 4 & 3;
            zeros = (int) i.imm & 15;
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            long[] x = c.xmm;
            long v = mem ? c.ld32(ea(c)) & LOW : LogicOps.dword(x, rm, from);
            int shift = 32 * (to & 1);
            int slot = d + (to >> 1);
            x[slot] = x[slot] & ~(LOW << shift) | v << shift;
            x[d] &= kept(zeros);
            x[d + 1] &= kept(zeros >> 2);
            return next;
        }

        private static long kept(int zeroed) {
            return Swar.pair((zeroed & 1) - 1, (zeroed >> 1 & 1) - 1);
        }
    }
}
