package org.interposer.engine.softcpu.simd;

import java.lang.invoke.MethodHandles;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Flags;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.cpu.OpCopies;
import org.interposer.engine.softcpu.decode.Insn;
import org.interposer.engine.softcpu.fp.Convert;
import org.interposer.engine.softcpu.fp.Float32;
import org.interposer.engine.softcpu.fp.Float64;
import org.interposer.engine.softcpu.fp.FloatStatus;

/**
 * Arithmetic of SSE to SSE4.1 on each element: a class for each form, of which each calculation has
 * a copy.
 */
final class FloatOps {
    private static final int PREDICATES = 8, CONTROLS = 16;

    private static final OpCopies<Single> SCALAR_SINGLE = new OpCopies<>(ScalarSingle.class);
    private static final OpCopies<Single> PACKED_SINGLE = new OpCopies<>(PackedSingle.class);
    private static final OpCopies<Double> SCALAR_DOUBLE = new OpCopies<>(ScalarDouble.class);
    private static final OpCopies<Double> PACKED_DOUBLE = new OpCopies<>(PackedDouble.class);

    private static final List<Single> COMPARES_SINGLE = each(PREDICATES, FloatOps::compareSingle);
    private static final List<Double> COMPARES_DOUBLE = each(PREDICATES, FloatOps::compareDouble);
    private static final List<Single> ROUNDS_SINGLE = each(CONTROLS, FloatOps::roundSingle);
    private static final List<Double> ROUNDS_DOUBLE = each(CONTROLS, FloatOps::roundDouble);

    private FloatOps() {}

    private static <C> List<C> each(int values, IntFunction<C> calculation) {
        return IntStream.range(0, values).mapToObj(calculation).toList();
    }

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
        all(t, 0x151, (a, b, s) -> Float32.sqrt(b, s), (a, b, s) -> Float64.sqrt(b, s));
        all(t, 0x158, Float32::add, Float64::add);
        all(t, 0x159, Float32::mul, Float64::mul);
        all(t, 0x15c, Float32::sub, Float64::sub);
        all(t, 0x15d, Float32::min, Float64::min);
        all(t, 0x15e, Float32::div, Float64::div);
        all(t, 0x15f, Float32::max, Float64::max);
        Single root = (x, b, s) -> Estimate.rootReciprocal(b);
        t.add(Table.NONE, 0x152, i -> PACKED_SINGLE.make(root, i));
        t.add(Table.F3, 0x152, i -> SCALAR_SINGLE.make(root, i));
        Single reciprocal = (x, b, s) -> Estimate.reciprocal(b);
        t.add(Table.NONE, 0x153, i -> PACKED_SINGLE.make(reciprocal, i));
        t.add(Table.F3, 0x153, i -> SCALAR_SINGLE.make(reciprocal, i));
        t.add(Table.NONE, 0x1c2, i -> PACKED_SINGLE.make(COMPARES_SINGLE.get(predicate(i)), i));
        t.add(Table.P66, 0x1c2, i -> PACKED_DOUBLE.make(COMPARES_DOUBLE.get(predicate(i)), i));
        t.add(Table.F3, 0x1c2, i -> SCALAR_SINGLE.make(COMPARES_SINGLE.get(predicate(i)), i));
        t.add(Table.F2, 0x1c2, i -> SCALAR_DOUBLE.make(COMPARES_DOUBLE.get(predicate(i)), i));
        t.add(Table.P66, 0x308, i -> PACKED_SINGLE.make(ROUNDS_SINGLE.get(control(i)), i));
        t.add(Table.P66, 0x309, i -> PACKED_DOUBLE.make(ROUNDS_DOUBLE.get(control(i)), i));
        t.add(Table.P66, 0x30a, i -> SCALAR_SINGLE.make(ROUNDS_SINGLE.get(control(i)), i));
        t.add(Table.P66, 0x30b, i -> SCALAR_DOUBLE.make(ROUNDS_DOUBLE.get(control(i)), i));
        t.add(Table.NONE, 0x12e, i -> new CompareSingle(i, false));
        t.add(Table.NONE, 0x12f, i -> new CompareSingle(i, true));
        t.add(Table.P66, 0x12e, i -> new CompareDouble(i, false));
        t.add(Table.P66, 0x12f, i -> new CompareDouble(i, true));
    }

    private static void all(Table t, int opcode, Single single, Double real) {
        t.add(Table.NONE, opcode, i -> PACKED_SINGLE.make(single, i));
        t.add(Table.P66, opcode, i -> PACKED_DOUBLE.make(real, i));
        t.add(Table.F3, opcode, i -> SCALAR_SINGLE.make(single, i));
        t.add(Table.F2, opcode, i -> SCALAR_DOUBLE.make(real, i));
    }

    /** Without VEX only the low three bits of the predicate count. */
    private static int predicate(Insn i) {
        return (int) i.imm & PREDICATES - 1;
    }

    private static int control(Insn i) {
        return (int) i.imm & CONTROLS - 1;
    }

    private static Single compareSingle(int predicate) {
        return (a, b, s) -> Float32.compare(a, b, predicate, s);
    }

    private static Double compareDouble(int predicate) {
        return (a, b, s) -> Float64.compare(a, b, predicate, s);
    }

    private static Single roundSingle(int control) {
        return (a, b, s) -> Convert.roundF32(b, control, s);
    }

    private static Double roundDouble(int control) {
        return (a, b, s) -> Convert.roundF64(b, control, s);
    }

    static final class ScalarDouble extends XmmOp {
        private static final Double F = OpCopies.calculation(MethodHandles.lookup(), Double.class);

        ScalarDouble(Insn i) {
            super(i, 8);
        }

        @Override
        public Op exec(Cpu c) {
            long b = source8(c);
            long[] x = c.xmm;
            long r = F.of(x[d], b, c.sse);
            settle(c);
            x[d] = r;
            return next;
        }
    }

    static final class ScalarSingle extends XmmOp {
        private static final Single F = OpCopies.calculation(MethodHandles.lookup(), Single.class);

        ScalarSingle(Insn i) {
            super(i, 4);
        }

        @Override
        public Op exec(Cpu c) {
            int b = source4(c);
            long[] x = c.xmm;
            int r = F.of((int) x[d], b, c.sse);
            settle(c);
            x[d] = x[d] & HIGH | r & LOW;
            return next;
        }
    }

    static final class PackedDouble extends XmmOp {
        private static final Double F = OpCopies.calculation(MethodHandles.lookup(), Double.class);

        PackedDouble(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            int s = source(c);
            long[] x = c.xmm;
            long low = F.of(x[d], x[s], c.sse);
            long high = F.of(x[d + 1], x[s + 1], c.sse);
            settle(c);
            x[d] = low;
            x[d + 1] = high;
            return next;
        }
    }

    static final class PackedSingle extends XmmOp {
        private static final Single F = OpCopies.calculation(MethodHandles.lookup(), Single.class);

        PackedSingle(Insn i) {
            super(i);
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

        private static long pair(long a, long b, FloatStatus s) {
            int low = F.of((int) a, (int) b, s);
            return Swar.pair(low, F.of((int) (a >> 32), (int) (b >> 32), s));
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
