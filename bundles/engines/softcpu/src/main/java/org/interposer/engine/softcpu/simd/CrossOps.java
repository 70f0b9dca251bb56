package org.interposer.engine.softcpu.simd;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;

/** Moves between the register files: general, MMX, XMM; and MOVNTI and the masked moves. */
final class CrossOps {
    private CrossOps() {}

    static void fill(Table t) {
        t.add(Table.P66, 0x16e, i -> wide(i) ? new FromQword(i) : new FromDword(i));
        t.add(Table.P66, 0x17e, i -> wide(i) ? new ToQword(i) : new ToDword(i));
        t.add(Table.NONE, 0x16e, MmxFromGeneral::new);
        t.add(Table.NONE, 0x17e, MmxToGeneral::new);
        t.add(Table.NONE, 0x16f, MmxLoad::new);
        t.add(Table.NONE, 0x17f, MmxStore::new);
        t.addMem(Table.NONE, 0x1e7, MmxStore::new); // MOVNTQ
        t.addReg(Table.F3, 0x1d6, MmxToXmm::new);
        t.addReg(Table.F2, 0x1d6, XmmToMmx::new);
        t.addReg(Table.P66, 0x1d7, SignsOfBytes::new);
        t.addReg(Table.NONE, 0x1d7, MmxSigns::new);
        t.addReg(Table.NONE, 0x150, SignsOfDwords::new);
        t.addReg(Table.P66, 0x150, SignsOfQwords::new);
        t.addMem(Table.NONE, 0x1c3, StoreGeneral::new);
        t.addReg(Table.P66, 0x1f7, MaskedXmm::new);
        t.addReg(Table.NONE, 0x1f7, MaskedMmx::new);
    }

    /** Whether a move from or to a general register is one of 8 bytes. */
    static boolean wide(Insn i) {
        return (i.rex & 8) != 0;
    }

    private static final class FromDword extends XmmOp {
        private final int general;

        FromDword(Insn i) {
            super(i, 4);
            general = i.rm;
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            long v = mem ? c.ld32(ea(c)) : c.r[general];
            c.xmm[d] = v & LOW;
            c.xmm[d + 1] = 0;
            return next;
        }
    }

    private static final class FromQword extends XmmOp {
        private final int general;

        FromQword(Insn i) {
            super(i, 8);
            general = i.rm;
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            long v = mem ? c.ld64(ea(c)) : c.r[general];
            c.xmm[d] = v;
            c.xmm[d + 1] = 0;
            return next;
        }
    }

    private static final class ToDword extends XmmOp {
        private final int general;

        ToDword(Insn i) {
            super(i, 4, false, true);
            general = i.rm;
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            if (mem) {
                c.st32(ea(c), (int) c.xmm[d]);
            } else {
                c.r[general] = c.xmm[d] & LOW;
            }
            return next;
        }
    }

    private static final class ToQword extends XmmOp {
        private final int general;

        ToQword(Insn i) {
            super(i, 8, false, true);
            general = i.rm;
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            if (mem) {
                c.st64(ea(c), c.xmm[d]);
            } else {
                c.r[general] = c.xmm[d];
            }
            return next;
        }
    }

    private static final class MmxFromGeneral extends MmxOp {
        private final int general;
        private final int size;

        MmxFromGeneral(Insn i) {
            super(i, wide(i) ? 8 : 4, false);
            general = i.rm;
            size = wide(i) ? 8 : 4;
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            long v = mem ? c.ld(ea(c), size) : c.r[general];
            c.x87.enterMmx();
            c.x87.setMmx(d, size == 8 ? v : v & XmmOp.LOW);
            return next;
        }
    }

    private static final class MmxToGeneral extends MmxOp {
        private final int general;
        private final int size;

        MmxToGeneral(Insn i) {
            super(i, wide(i) ? 8 : 4, true);
            general = i.rm;
            size = wide(i) ? 8 : 4;
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            long v = c.x87.mmx(d);
            if (mem) {
                c.st(ea(c), size, v);
            } else {
                c.r[general] = size == 8 ? v : v & XmmOp.LOW;
            }
            c.x87.enterMmx();
            return next;
        }
    }

    private static final class MmxLoad extends MmxOp {
        MmxLoad(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            c.x87.setMmx(d, source(c));
            return next;
        }
    }

    /** MOVQ to memory or a register, MOVNTQ. */
    private static final class MmxStore extends MmxOp {
        MmxStore(Insn i) {
            super(i, 8, true);
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            if (mem) {
                c.st64(ea(c), c.x87.mmx(d));
            } else {
                c.x87.setMmx(rm, c.x87.mmx(d));
            }
            c.x87.enterMmx();
            return next;
        }
    }

    /** MOVQ2DQ. */
    private static final class MmxToXmm extends XmmOp {
        MmxToXmm(Insn i) {
            super(i, 8);
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            MmxOp.waitFor(c);
            c.x87.enterMmx();
            c.xmm[d] = c.x87.mmx(rm >> 1 & 7);
            c.xmm[d + 1] = 0;
            return next;
        }
    }

    /** MOVDQ2Q. */
    private static final class XmmToMmx extends XmmOp {
        XmmToMmx(Insn i) {
            super(i, 8);
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            MmxOp.waitFor(c);
            c.x87.enterMmx();
            c.x87.setMmx(d >> 1 & 7, c.xmm[rm]);
            return next;
        }
    }

    /** PMOVMSKB. */
    private static final class SignsOfBytes extends XmmOp {
        SignsOfBytes(Insn i) {
            super(i, 16);
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            long[] x = c.xmm;
            c.r[d >> 1] = Swar.signs8(x[rm]) | Swar.signs8(x[rm + 1]) << 8;
            return next;
        }
    }

    private static final class MmxSigns extends MmxOp {
        private final int general;

        MmxSigns(Insn i) {
            super(i);
            general = i.reg;
        }

        @Override
        public Op exec(Cpu c) {
            c.r[general] = Swar.signs8(source(c));
            return next;
        }
    }

    /** MOVMSKPS. */
    private static final class SignsOfDwords extends XmmOp {
        SignsOfDwords(Insn i) {
            super(i, 16);
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            long a = c.xmm[rm];
            long b = c.xmm[rm + 1];
            c.r[d >> 1] = a >>> 31 & 1 | a >>> 63 << 1 | (b >>> 31 & 1) << 2 | b >>> 63 << 3;
            return next;
        }
    }

    /** MOVMSKPD. */
    private static final class SignsOfQwords extends XmmOp {
        SignsOfQwords(Insn i) {
            super(i, 16);
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            c.r[d >> 1] = c.xmm[rm] >>> 63 | c.xmm[rm + 1] >>> 63 << 1;
            return next;
        }
    }

    /** MOVNTI, which needs neither SSE state nor OSFXSR. */
    private static final class StoreGeneral extends XmmOp {
        private final int general;
        private final int size;

        StoreGeneral(Insn i) {
            super(i, wide(i) ? 8 : 4, false, true);
            general = i.reg;
            size = wide(i) ? 8 : 4;
        }

        @Override
        public Op exec(Cpu c) {
            c.st(ea(c), size, c.r[general]);
            return next;
        }
    }

    /** MASKMOVDQU: the memory operand is DS:rDI. */
    private static final class MaskedXmm extends XmmOp {
        MaskedXmm(Insn i) {
            super(i.addressedBy(Cpu.RDI), 16, false, true);
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            long[] x = c.xmm;
            int mask = Swar.signs8(x[rm]) | Swar.signs8(x[rm + 1]) << 8;
            Masked.probe(c, ea(c), mask);
            Masked.store(c, ea(c), x[d], mask & 0xff);
            Masked.store(c, ea(c, 8, 8), x[d + 1], mask >> 8);
            return next;
        }
    }

    /** MASKMOVQ. */
    private static final class MaskedMmx extends MmxOp {
        MaskedMmx(Insn i) {
            super(i.addressedBy(Cpu.RDI), 8, true);
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            int mask = Swar.signs8(c.x87.mmx(rm));
            Masked.probe(c, ea(c), mask);
            Masked.store(c, ea(c), c.x87.mmx(d), mask);
            c.x87.enterMmx();
            return next;
        }
    }
}
