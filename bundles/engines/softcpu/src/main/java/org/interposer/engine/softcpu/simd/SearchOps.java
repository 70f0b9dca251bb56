package org.interposer.engine.softcpu.simd;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Flags;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;

/** PTEST, PHMINPOSUW, MPSADBW and the string comparisons of SSE4.2. */
final class SearchOps {
    private SearchOps() {}

    static void fill(Table t) {
        t.add(Table.P66, 0x217, Test::new);
        t.add(Table.P66, 0x241, Minimum::new);
        t.add(Table.P66, 0x342, SumsOfDifferences::new);
        t.add(Table.P66, 0x360, i -> new StringOp(i, true, false));
        t.add(Table.P66, 0x361, i -> new StringOp(i, true, true));
        t.add(Table.P66, 0x362, i -> new StringOp(i, false, false));
        t.add(Table.P66, 0x363, i -> new StringOp(i, false, true));
    }

    /** PTEST. */
    private static final class Test extends XmmOp {
        Test(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            int s = source(c);
            long[] x = c.xmm;
            boolean zero = (x[d] & x[s] | x[d + 1] & x[s + 1]) == 0;
            boolean carry = (~x[d] & x[s] | ~x[d + 1] & x[s + 1]) == 0;
            Flags.setArithmetic(c, (zero ? Flags.ZF : 0) | (carry ? Flags.CF : 0));
            return next;
        }
    }

    /** PHMINPOSUW: the smallest word, and the first place where it is. */
    private static final class Minimum extends XmmOp {
        Minimum(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            int s = source(c);
            long[] x = c.xmm;
            int smallest = 0x1_0000;
            int at = 0;
            for (int n = 0; n < 8; n++) {
                int v = Swar.word(x[s + (n >> 2)], n & 3) & 0xffff;
                if (v < smallest) {
                    smallest = v;
                    at = n;
                }
            }
            x[d] = smallest | at << 16;
            x[d + 1] = 0;
            return next;
        }
    }

    /** MPSADBW: eight sums of the differences of four bytes. */
    private static final class SumsOfDifferences extends XmmOp {
        private final int destinationOffset;
        private final int sourceShift;
        private final int sourceHalf;

        SumsOfDifferences(Insn i) {
            super(i);
            destinationOffset = (int) i.imm & 4;
            sourceShift = 32 * ((int) i.imm & 1);
            sourceHalf = (int) i.imm >> 1 & 1;
        }

        @Override
        public Op exec(Cpu c) {
            int s = source(c);
            long[] x = c.xmm;
            long pattern = x[s + sourceHalf] >>> sourceShift & LOW;
            long low = 0;
            long high = 0;
            for (int n = 0; n < 4; n++) {
                low |= Swar.sumOfDifferences(four(x, destinationOffset + n), pattern) << 16 * n;
                high |=
                        Swar.sumOfDifferences(four(x, destinationOffset + n + 4), pattern)
                                << 16 * n;
            }
            x[d] = low;
            x[d + 1] = high;
            return next;
        }

        /** Four bytes of the destination from a byte on. */
        private long four(long[] x, int at) {
            long v = x[d + (at >> 3)] >>> 8 * (at & 7);
            if (at > 4 && at < 8) {
                v |= x[d + 1] << 64 - 8 * at;
            }
            return v & LOW;
        }
    }
}
