package org.interposer.engine.softcpu.simd;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Flags;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;
import org.interposer.engine.softcpu.fp.Convert;
import org.interposer.engine.softcpu.fp.Float32;
import org.interposer.engine.softcpu.fp.Float64;
import org.interposer.engine.softcpu.fp.FloatStatus;

/** Arithmetic of SSE to SSE4.1 but the four basic operations: on each element, or across them. */
final class FloatOps {
    private FloatOps() {}

    /** The destination's and the source's element to that of the result. */
    @FunctionalInterface
    interface Single {
        int of(int a, int b, FloatStatus s);
    }

    /** The same in binary64. */
    @FunctionalInterface
    interface Double {
        long of(long a, long b, FloatStatus s);
    }

    static void fill(Table t) {
        FloatAdd.fill(t, 0x158);
        FloatMul.fill(t, 0x159);
        FloatSub.fill(t, 0x15c);
        FloatDiv.fill(t, 0x15e);
        all(t, 0x151, (a, b, s) -> Float32.sqrt(b, s), (a, b, s) -> Float64.sqrt(b, s));
        all(t, 0x15d, Float32::min, Float64::min);
        all(t, 0x15f, Float32::max, Float64::max);
        t.add(Table.NONE, 0x152, i -> new PackedSingle(i, (a, b, s) -> Estimate.rootReciprocal(b)));
        t.add(Table.F3, 0x152, i -> new ScalarSingle(i, (a, b, s) -> Estimate.rootReciprocal(b)));
        t.add(Table.NONE, 0x153, i -> new PackedSingle(i, (a, b, s) -> Estimate.reciprocal(b)));
        t.add(Table.F3, 0x153, i -> new ScalarSingle(i, (a, b, s) -> Estimate.reciprocal(b)));
        t.add(Table.NONE, 0x1c2, i -> new PackedSingle(i, compareSingle(i)));
        t.add(Table.P66, 0x1c2, i -> new PackedDouble(i, compareDouble(i)));
        t.add(Table.F3, 0x1c2, i -> new ScalarSingle(i, compareSingle(i)));
        t.add(Table.F2, 0x1c2, i -> new ScalarDouble(i, compareDouble(i)));
        t.add(Table.P66, 0x308, i -> new PackedSingle(i, roundSingle(i)));
        t.add(Table.P66, 0x309, i -> new PackedDouble(i, roundDouble(i)));
        t.add(Table.P66, 0x30a, i -> new ScalarSingle(i, roundSingle(i)));
        t.add(Table.P66, 0x30b, i -> new ScalarDouble(i, roundDouble(i)));
        t.add(Table.NONE, 0x12e, i -> new CompareSingle(i, false));
        t.add(Table.NONE, 0x12f, i -> new CompareSingle(i, true));
        t.add(Table.P66, 0x12e, i -> new CompareDouble(i, false));
        t.add(Table.P66, 0x12f, i -> new CompareDouble(i, true));
    }

    private static void all(Table t, int opcode, Single single, Double real) {
        t.add(Table.NONE, opcode, i -> new PackedSingle(i, single));
        t.add(Table.P66, opcode, i -> new PackedDouble(i, real));
        t.add(Table.F3, opcode, i -> new ScalarSingle(i, single));
        t.add(Table.F2, opcode, i -> new ScalarDouble(i, real));
    }

    /** Without VEX only the low three bits of the predicate count. */
    private static Single compareSingle(Insn i) {
        int predicate = (int) i.imm & 7;
        return (a, b, s) -> Float32.compare(a, b, predicate, s);
    }

    private static Double compareDouble(Insn i) {
        int predicate = (int) i.imm & 7;
        return (a, b, s) -> Float64.compare(a, b, predicate, s);
    }

    private static Single roundSingle(Insn i) {
        int control = (int) i.imm & 0xf;
        return (a, b, s) -> Convert.roundF32(b, control, s);
    }

    private static Double roundDouble(Insn i) {
        int control = (int) i.imm & 0xf;
        return (a, b, s) -> Convert.roundF64(b, control, s);
    }

    private static final class ScalarDouble extends XmmOp {
        private final Double f;

        ScalarDouble(Insn i, Double f) {
            super(i, 8);
            this.f = f;
        }

        @Override
        public Op exec(Cpu c) {
            long b = source8(c);
            long[] x = c.xmm;
            long r = f.of(x[d], b, c.sse);
            settle(c);
            x[d] = r;
            return next;
        }
    }

    private static final class ScalarSingle extends XmmOp {
        private final Single f;

        ScalarSingle(Insn i, Single f) {
            super(i, 4);
            this.f = f;
        }

        @Override
        public Op exec(Cpu c) {
            int b = source4(c);
            long[] x = c.xmm;
            int r = f.of((int) x[d], b, c.sse);
            settle(c);
            x[d] = x[d] & HIGH | r & LOW;
            return next;
        }
    }

    private static final class PackedDouble extends XmmOp {
        private final Double f;

        PackedDouble(Insn i, Double f) {
            super(i);
            this.f = f;
        }

        @Override
        public Op exec(Cpu c) {
            int s = source(c);
            long[] x = c.xmm;
            long low = f.of(x[d], x[s], c.sse);
            long high = f.of(x[d + 1], x[s + 1], c.sse);
            settle(c);
            x[d] = low;
            x[d + 1] = high;
            return next;
        }
    }

    private static final class PackedSingle extends XmmOp {
        private final Single f;

        PackedSingle(Insn i, Single f) {
            super(i);
            this.f = f;
        }

        @Override
        public Op exec(Cpu c) {
            int s = source(c);
            long[] x = c.xmm;
            long low = pair(x[d], x[s], c.sse);
            long high = pair(x[d + 1], x[s + 1], c.sse);
            settle(c);
            x[d] = low;
            x[d + 1] = high;
            return next;
        }

        private long pair(long a, long b, FloatStatus s) {
            int low = f.of((int) a, (int) b, s);
            return Swar.pair(low, f.of((int) (a >> 32), (int) (b >> 32), s));
        }
    }

    /** COMISS and UCOMISS. */
    private static final class CompareSingle extends XmmOp {
        private final boolean signaling;

        CompareSingle(Insn i, boolean signaling) {
            super(i, 4);
            this.signaling = signaling;
        }

        @Override
        public Op exec(Cpu c) {
            int b = source4(c);
            int a = (int) c.xmm[d];
            int flags = signaling ? Float32.comi(a, b, c.sse) : Float32.ucomi(a, b, c.sse);
            settle(c);
            setFlags(c, flags);
            return next;
        }
    }

    /** COMISD and UCOMISD. */
    private static final class CompareDouble extends XmmOp {
        private final boolean signaling;

        CompareDouble(Insn i, boolean signaling) {
            super(i, 8);
            this.signaling = signaling;
        }

        @Override
        public Op exec(Cpu c) {
            long b = source8(c);
            long a = c.xmm[d];
            int flags = signaling ? Float64.comi(a, b, c.sse) : Float64.ucomi(a, b, c.sse);
            settle(c);
            setFlags(c, flags);
            return next;
        }
    }

    /** The flags ZF, PF and CF; OF, SF and AF become 0. */
    static void setFlags(Cpu c, int flags) {
        Flags.setArithmetic(c, flags);
    }
}
