package org.interposer.engine.softcpu.simd;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;
import org.interposer.engine.softcpu.fp.Float32;
import org.interposer.engine.softcpu.fp.Float64;
import org.interposer.engine.softcpu.fp.FloatStatus;

/** Floating-point operations across elements: HADD, HSUB, ADDSUB, DPPS, DPPD. */
final class HorizontalOps {
    private HorizontalOps() {}

    /** Computes into the slots of {@link Cpu#XMM_TEMP} from the registers at slots d and s. */
    @FunctionalInterface
    interface Across {
        void apply(long[] x, int d, int s, int immediate, Cpu c);
    }

    private static final int RESULT = Cpu.XMM_TEMP;

    static void fill(Table t) {
        add(
                t,
                Table.P66,
                0x17c,
                (x, d, s, n, c) ->
                        result(
                                x,
                                Float64.add(x[d], x[d + 1], c.sse),
                                Float64.add(x[s], x[s + 1], c.sse)));
        add(
                t,
                Table.P66,
                0x17d,
                (x, d, s, n, c) ->
                        result(
                                x,
                                Float64.sub(x[d], x[d + 1], c.sse),
                                Float64.sub(x[s], x[s + 1], c.sse)));
        add(t, Table.F2, 0x17c, (x, d, s, n, c) -> pairs(x, d, s, Float32::add, c.sse));
        add(t, Table.F2, 0x17d, (x, d, s, n, c) -> pairs(x, d, s, Float32::sub, c.sse));
        add(
                t,
                Table.P66,
                0x1d0,
                (x, d, s, n, c) ->
                        result(
                                x,
                                Float64.sub(x[d], x[s], c.sse),
                                Float64.add(x[d + 1], x[s + 1], c.sse)));
        add(
                t,
                Table.F2,
                0x1d0,
                (x, d, s, n, c) ->
                        result(x, addSub(x[d], x[s], c.sse), addSub(x[d + 1], x[s + 1], c.sse)));
        add(t, Table.P66, 0x340, HorizontalOps::dotSingle);
        add(t, Table.P66, 0x341, HorizontalOps::dotDouble);
    }

    private static void add(Table t, int prefix, int opcode, Across across) {
        t.add(prefix, opcode, i -> new AcrossOp(i, across));
    }

    private static void result(long[] x, long low, long high) {
        x[RESULT] = low;
        x[RESULT + 1] = high;
    }

    private static void pairs(long[] x, int d, int s, FloatOps.Single op, FloatStatus f) {
        long low = Swar.pair(pair(x[d], op, f), pair(x[d + 1], op, f));
        result(x, low, Swar.pair(pair(x[s], op, f), pair(x[s + 1], op, f)));
    }

    private static int pair(long v, FloatOps.Single op, FloatStatus f) {
        return op.of((int) v, (int) (v >> 32), f);
    }

    private static long addSub(long a, long b, FloatStatus f) {
        int low = Float32.sub((int) a, (int) b, f);
        return Swar.pair(low, Float32.add((int) (a >> 32), (int) (b >> 32), f));
    }

    /**
     * DPPS: (p0 + p1) + (p2 + p3), where a product that the immediate leaves out is +0. As in
     * processors the products come first, then the sums; an exception that is not masked ends it
     * after the stage where it arose.
     */
    private static void dotSingle(long[] x, int d, int s, int n, Cpu c) {
        FloatStatus f = c.sse;
        int p0 = product(x[d], x[s], n >> 4, f);
        int p1 = product(x[d] >> 32, x[s] >> 32, n >> 5, f);
        int p2 = product(x[d + 1], x[s + 1], n >> 6, f);
        int p3 = product(x[d + 1] >> 32, x[s + 1] >> 32, n >> 7, f);
        XmmOp.settle(c);
        int low = Float32.add(p0, p1, f);
        int high = Float32.add(p2, p3, f);
        XmmOp.settle(c);
        int sum = Float32.add(low, high, f);
        result(
                x,
                Swar.pair(-(n & 1) & sum, -(n >> 1 & 1) & sum),
                Swar.pair(-(n >> 2 & 1) & sum, -(n >> 3 & 1) & sum));
    }

    private static int product(long a, long b, int wanted, FloatStatus f) {
        return (wanted & 1) != 0 ? Float32.mul((int) a, (int) b, f) : 0;
    }

    /** DPPD: p0 + p1, in the same stages. */
    private static void dotDouble(long[] x, int d, int s, int n, Cpu c) {
        FloatStatus f = c.sse;
        long low = (n & 0x10) != 0 ? Float64.mul(x[d], x[s], f) : 0;
        long high = (n & 0x20) != 0 ? Float64.mul(x[d + 1], x[s + 1], f) : 0;
        XmmOp.settle(c);
        long sum = Float64.add(low, high, f);
        result(x, -(n & 1L) & sum, -(n >> 1 & 1L) & sum);
    }

    private static final class AcrossOp extends XmmOp {
        private final Across across;
        private final int immediate;

        AcrossOp(Insn i, Across across) {
            super(i);
            this.across = across;
            immediate = (int) i.imm & 0xff;
        }

        @Override
        public Op exec(Cpu c) {
            int s = source(c);
            long[] x = c.xmm;
            across.apply(x, d, s, immediate, c);
            settle(c);
            x[d] = x[RESULT];
            x[d + 1] = x[RESULT + 1];
            return next;
        }
    }
}
