package org.interposer.engine.softcpu.simd;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;
import org.interposer.engine.softcpu.fp.Convert;
import org.interposer.engine.softcpu.fp.FloatStatus;

/**
 * CVT between XMM registers, and between them and general registers. MMX: {@link MmxConvertOps}.
 */
final class ConvertOps {
    private ConvertOps() {}

    /** Converts the 16 or 8 bytes of a source, of which the high half is 0 where there are 8. */
    @FunctionalInterface
    interface Packed {
        void apply(long[] x, long low, long high, FloatStatus s);
    }

    private static final int RESULT = Cpu.XMM_TEMP;

    static void fill(Table t) {
        t.add(Table.F3, 0x12a, i -> new IntegerToSingle(i));
        t.add(Table.F2, 0x12a, i -> new IntegerToDouble(i));
        t.add(Table.F3, 0x12c, i -> new SingleToInteger(i, true));
        t.add(Table.F3, 0x12d, i -> new SingleToInteger(i, false));
        t.add(Table.F2, 0x12c, i -> new DoubleToInteger(i, true));
        t.add(Table.F2, 0x12d, i -> new DoubleToInteger(i, false));
        t.add(Table.F3, 0x15a, SingleToDouble::new);
        t.add(Table.F2, 0x15a, DoubleToSingle::new);
        packed(
                t,
                Table.NONE,
                0x15a,
                8,
                (x, a, b, s) ->
                        result(
                                x,
                                Convert.f32ToF64((int) a, s),
                                Convert.f32ToF64((int) (a >> 32), s)));
        packed(
                t,
                Table.P66,
                0x15a,
                16,
                (x, a, b, s) ->
                        result(x, Swar.pair(Convert.f64ToF32(a, s), Convert.f64ToF32(b, s)), 0));
        packed(
                t,
                Table.NONE,
                0x15b,
                16,
                (x, a, b, s) -> result(x, toSingles(a, s), toSingles(b, s)));
        packed(
                t,
                Table.P66,
                0x15b,
                16,
                (x, a, b, s) ->
                        result(x, singles(a, s.rounding(), s), singles(b, s.rounding(), s)));
        packed(
                t,
                Table.F3,
                0x15b,
                16,
                (x, a, b, s) ->
                        result(
                                x,
                                singles(a, FloatStatus.TRUNCATE, s),
                                singles(b, FloatStatus.TRUNCATE, s)));
        packed(
                t,
                Table.P66,
                0x1e6,
                16,
                (x, a, b, s) -> result(x, doubles(a, b, FloatStatus.TRUNCATE, s), 0));
        packed(
                t,
                Table.F2,
                0x1e6,
                16,
                (x, a, b, s) -> result(x, doubles(a, b, s.rounding(), s), 0));
        packed(
                t,
                Table.F3,
                0x1e6,
                8,
                (x, a, b, s) ->
                        result(
                                x,
                                Convert.integerToF64((int) a, s),
                                Convert.integerToF64(a >> 32, s)));
    }

    private static void packed(Table t, int prefix, int opcode, int bytes, Packed f) {
        t.add(prefix, opcode, i -> new PackedOp(i, bytes, f));
    }

    private static void result(long[] x, long low, long high) {
        x[RESULT] = low;
        x[RESULT + 1] = high;
    }

    /** Two dwords to two singles. */
    static long toSingles(long v, FloatStatus s) {
        int low = Convert.integerToF32((int) v, s);
        return Swar.pair(low, Convert.integerToF32(v >> 32, s));
    }

    /** Two singles to two dwords. */
    static long singles(long v, int rounding, FloatStatus s) {
        int low = Convert.f32ToInt32((int) v, rounding, s);
        return Swar.pair(low, Convert.f32ToInt32((int) (v >> 32), rounding, s));
    }

    /** Two doubles to two dwords. */
    static long doubles(long a, long b, int rounding, FloatStatus s) {
        int low = Convert.f64ToInt32(a, rounding, s);
        return Swar.pair(low, Convert.f64ToInt32(b, rounding, s));
    }

    private static final class PackedOp extends XmmOp {
        private final Packed f;
        private final boolean half;

        PackedOp(Insn i, int bytes, Packed f) {
            super(i, bytes, bytes == 16, false);
            this.f = f;
            half = bytes == 8;
        }

        @Override
        public Op exec(Cpu c) {
            long[] x = c.xmm;
            if (half) {
                f.apply(x, source8(c), 0, c.sse);
            } else {
                int s = source(c);
                f.apply(x, x[s], x[s + 1], c.sse);
            }
            settle(c);
            x[d] = x[RESULT];
            x[d + 1] = x[RESULT + 1];
            return next;
        }
    }

    /** An operand of 4 or, with REX.W, 8 bytes in a general register or memory. */
    private abstract static class FromGeneral extends XmmOp {
        private final boolean wide;
        private final int general;

        FromGeneral(Insn i) {
            super(i, CrossOps.wide(i) ? 8 : 4);
            wide = CrossOps.wide(i);
            general = i.rm;
        }

        final long integer(Cpu c) {
            enter(c);
            if (mem) {
                return wide ? c.ld64(ea(c)) : c.ld32(ea(c));
            }
            return wide ? c.r[general] : (int) c.r[general];
        }
    }

    private static final class IntegerToSingle extends FromGeneral {
        IntegerToSingle(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            int r = Convert.integerToF32(integer(c), c.sse);
            settle(c);
            c.xmm[d] = c.xmm[d] & HIGH | r & LOW;
            return next;
        }
    }

    private static final class IntegerToDouble extends FromGeneral {
        IntegerToDouble(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            long r = Convert.integerToF64(integer(c), c.sse);
            settle(c);
            c.xmm[d] = r;
            return next;
        }
    }

    private static final class SingleToInteger extends XmmOp {
        private final boolean truncating;
        private final boolean wide;

        SingleToInteger(Insn i, boolean truncating) {
            super(i, 4);
            this.truncating = truncating;
            wide = CrossOps.wide(i);
        }

        @Override
        public Op exec(Cpu c) {
            int v = source4(c);
            FloatStatus f = c.sse;
            int rounding = truncating ? FloatStatus.TRUNCATE : f.rounding();
            long r =
                    wide
                            ? Convert.f32ToInt64(v, rounding, f)
                            : Convert.f32ToInt32(v, rounding, f) & LOW;
            settle(c);
            c.r[d >> 1] = r;
            return next;
        }
    }

    private static final class DoubleToInteger extends XmmOp {
        private final boolean truncating;
        private final boolean wide;

        DoubleToInteger(Insn i, boolean truncating) {
            super(i, 8);
            this.truncating = truncating;
            wide = CrossOps.wide(i);
        }

        @Override
        public Op exec(Cpu c) {
            long v = source8(c);
            FloatStatus f = c.sse;
            int rounding = truncating ? FloatStatus.TRUNCATE : f.rounding();
            long r =
                    wide
                            ? Convert.f64ToInt64(v, rounding, f)
                            : Convert.f64ToInt32(v, rounding, f) & LOW;
            settle(c);
            c.r[d >> 1] = r;
            return next;
        }
    }

    private static final class SingleToDouble extends XmmOp {
        SingleToDouble(Insn i) {
            super(i, 4);
        }

        @Override
        public Op exec(Cpu c) {
            long r = Convert.f32ToF64(source4(c), c.sse);
            settle(c);
            c.xmm[d] = r;
            return next;
        }
    }

    private static final class DoubleToSingle extends XmmOp {
        DoubleToSingle(Insn i) {
            super(i, 8);
        }

        @Override
        public Op exec(Cpu c) {
            int r = Convert.f64ToF32(source8(c), c.sse);
            settle(c);
            c.xmm[d] = c.xmm[d] & HIGH | r & LOW;
            return next;
        }
    }
}
