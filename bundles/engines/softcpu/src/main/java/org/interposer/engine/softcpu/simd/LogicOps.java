package org.interposer.engine.softcpu.simd;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;

/**
 * The integer operations that string functions live on, each a class, so that each has machine code
 * of its own. The others are in {@link IntegerOps}.
 */
final class LogicOps {
    private LogicOps() {}

    static void fill(Table t) {
        t.add(Table.P66, 0x1db, And::new); // PAND
        t.add(Table.P66, 0x1df, AndNot::new); // PANDN
        t.add(Table.P66, 0x1eb, Or::new); // POR
        t.add(Table.P66, 0x1ef, Xor::new); // PXOR
        for (int prefix : new int[] {Table.NONE, Table.P66}) {
            t.add(prefix, 0x154, And::new); // ANDPS, ANDPD
            t.add(prefix, 0x155, AndNot::new);
            t.add(prefix, 0x156, Or::new);
            t.add(prefix, 0x157, Xor::new);
        }
        t.add(Table.P66, 0x174, EqualBytes::new);
        t.add(Table.P66, 0x176, EqualDwords::new);
        t.add(Table.P66, 0x1da, MinBytes::new);
        t.add(Table.P66, 0x1f8, SubBytes::new);
        t.add(Table.P66, 0x1d4, AddQwords::new);
        t.add(Table.P66, 0x1fe, AddDwords::new);
        t.add(Table.P66, 0x16c, UnpackLow::new);
        t.add(Table.P66, 0x170, ShuffleDwords::new);
    }

    private static final class And extends XmmOp {
        And(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            int s = source(c);
            long[] x = c.xmm;
            x[d] &= x[s];
            x[d + 1] &= x[s + 1];
            return next;
        }
    }

    private static final class AndNot extends XmmOp {
        AndNot(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            int s = source(c);
            long[] x = c.xmm;
            x[d] = ~x[d] & x[s];
            x[d + 1] = ~x[d + 1] & x[s + 1];
            return next;
        }
    }

    private static final class Or extends XmmOp {
        Or(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            int s = source(c);
            long[] x = c.xmm;
            x[d] |= x[s];
            x[d + 1] |= x[s + 1];
            return next;
        }
    }

    private static final class Xor extends XmmOp {
        Xor(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            int s = source(c);
            long[] x = c.xmm;
            x[d] ^= x[s];
            x[d + 1] ^= x[s + 1];
            return next;
        }
    }

    /** PCMPEQB. */
    private static final class EqualBytes extends XmmOp {
        EqualBytes(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            int s = source(c);
            long[] x = c.xmm;
            x[d] = Swar.equal(x[d], x[s], Swar.H8, 8);
            x[d + 1] = Swar.equal(x[d + 1], x[s + 1], Swar.H8, 8);
            return next;
        }
    }

    /** PCMPEQD. */
    private static final class EqualDwords extends XmmOp {
        EqualDwords(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            int s = source(c);
            long[] x = c.xmm;
            x[d] = Swar.equal(x[d], x[s], Swar.H32, 32);
            x[d + 1] = Swar.equal(x[d + 1], x[s + 1], Swar.H32, 32);
            return next;
        }
    }

    /** PMINUB. */
    private static final class MinBytes extends XmmOp {
        MinBytes(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            int s = source(c);
            long[] x = c.xmm;
            x[d] = Swar.minUnsigned(x[d], x[s], Swar.H8, 8);
            x[d + 1] = Swar.minUnsigned(x[d + 1], x[s + 1], Swar.H8, 8);
            return next;
        }
    }

    /** PSUBB. */
    private static final class SubBytes extends XmmOp {
        SubBytes(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            int s = source(c);
            long[] x = c.xmm;
            x[d] = Swar.sub(x[d], x[s], Swar.H8);
            x[d + 1] = Swar.sub(x[d + 1], x[s + 1], Swar.H8);
            return next;
        }
    }

    /** PADDQ. */
    private static final class AddQwords extends XmmOp {
        AddQwords(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            int s = source(c);
            long[] x = c.xmm;
            x[d] += x[s];
            x[d + 1] += x[s + 1];
            return next;
        }
    }

    /** PADDD. */
    private static final class AddDwords extends XmmOp {
        AddDwords(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            int s = source(c);
            long[] x = c.xmm;
            x[d] = Swar.add(x[d], x[s], Swar.H32);
            x[d + 1] = Swar.add(x[d + 1], x[s + 1], Swar.H32);
            return next;
        }
    }

    /** PUNPCKLQDQ. */
    private static final class UnpackLow extends XmmOp {
        UnpackLow(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            int s = source(c);
            c.xmm[d + 1] = c.xmm[s];
            return next;
        }
    }

    /** PSHUFD. */
    private static final class ShuffleDwords extends XmmOp {
        private final int order;

        ShuffleDwords(Insn i) {
            super(i);
            order = (int) i.imm;
        }

        @Override
        public Op exec(Cpu c) {
            int s = source(c);
            long[] x = c.xmm;
            long low = dword(x, s, order) | dword(x, s, order >> 2) << 32;
            long high = dword(x, s, order >> 4) | dword(x, s, order >> 6) << 32;
            x[d] = low;
            x[d + 1] = high;
            return next;
        }
    }

    /** Dword 0 to 3 of a register. */
    static long dword(long[] x, int slot, int selector) {
        return x[slot + (selector >> 1 & 1)] >>> 32 * (selector & 1) & XmmOp.LOW;
    }
}
