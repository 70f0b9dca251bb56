package org.interposer.engine.softcpu.fp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class Float64Test {
    private static final int DEFAULT = 0x1F80;
    private static final int ALREADY_INEXACT = DEFAULT | FloatStatus.INEXACT;
    private static final long SIGNALING = 0x7FF0_0000_0000_0001L;

    private final FloatStatus s = new FloatStatus();

    @Test
    void nearestIsWhatJavaComputesOnBothPaths() {
        Operands random = new Operands(1);
        for (int i = 0; i < 1_000_000; i++) {
            long a = random.f64();
            long b = random.f64();
            s.loadMxcsr((i & 1) == 0 ? DEFAULT : ALREADY_INEXACT);
            double x = Double.longBitsToDouble(a);
            double y = Double.longBitsToDouble(b);
            same(x + y, Float64.add(a, b, s), a, b);
            same(x - y, Float64.sub(a, b, s), a, b);
            same(x * y, Float64.mul(a, b, s), a, b);
            same(x / y, Float64.div(a, b, s), a, b);
            same(Math.sqrt(x), Float64.sqrt(a, s), a, b);
            same((float) x, Float.intBitsToFloat(Convert.f64ToF32(a, s)), a, b);
        }
    }

    private static void same(double expected, long bits, long a, long b) {
        same(expected, Double.longBitsToDouble(bits), a, b);
    }

    private static void same(double expected, double actual, long a, long b) {
        if (Double.compare(expected, actual) != 0) {
            assertEquals(expected, actual, Long.toHexString(a) + " and " + Long.toHexString(b));
        }
    }

    @Test
    void everyRoundingAndFlagIsThatOfExactArithmetic() {
        Operands random = new Operands(2);
        for (int i = 0; i < 20_000; i++) {
            int center = (i & 4) == 0 ? 1023 : 514;
            long a = random.f64Near(center, 30);
            long b = random.f64Near((i & 8) == 0 ? center : 1023, 30);
            int mode = i & 3;
            Exact x = Exact.ofDouble(Double.longBitsToDouble(a));
            Exact y = Exact.ofDouble(Double.longBitsToDouble(b));
            s.loadMxcsr(DEFAULT | mode << 13);
            check(x.plus(y), Float64.add(a, b, s), mode);
            check(x.times(y), Float64.mul(a, b, s), mode);
            check(x.over(y), Float64.div(a, b, s), mode);
            long positive = a & Long.MAX_VALUE;
            Exact root = Exact.ofDouble(Double.longBitsToDouble(positive)).root();
            check(root, Float64.sqrt(positive, s), mode);
        }
    }

    private void check(Exact exact, long bits, int mode) {
        if (exact.numerator().signum() != 0) {
            Exact.Rounded expected = exact.round(53, -1022, mode);
            double value = Double.longBitsToDouble(bits);
            assertTrue(Exact.ofDouble(value).equals(expected), () -> exact + " gave " + value);
            assertEquals(expected.flags(), s.raised(), () -> exact + " gave " + value);
        }
        s.discard();
    }

    @Test
    void tinyResultsUnderflowOnlyWhenInexactUnlessUnmasked() {
        long least = Double.doubleToRawLongBits(Double.MIN_NORMAL);
        long half = Double.doubleToRawLongBits(0.5);
        s.loadMxcsr(DEFAULT);
        assertEquals(least >> 1, Float64.mul(least, half, s));
        assertFalse(s.settle());
        assertEquals(DEFAULT, s.mxcsr());
        s.loadMxcsr(DEFAULT & ~(FloatStatus.UNDERFLOW << 7));
        Float64.mul(least, half, s);
        assertTrue(s.settle());
        assertEquals(FloatStatus.UNDERFLOW, s.mxcsr() & FloatStatus.ALL);
    }

    @Test
    void flushToZeroMakesTinyResultsInexactZeros() {
        long least = Double.doubleToRawLongBits(-Double.MIN_NORMAL);
        s.loadMxcsr(DEFAULT | 1 << 15);
        assertEquals(Long.MIN_VALUE, Float64.mul(least, Double.doubleToRawLongBits(0.5), s));
        s.settle();
        assertEquals(FloatStatus.UNDERFLOW | FloatStatus.INEXACT, s.mxcsr() & FloatStatus.ALL);
    }

    @Test
    void denormalOperandsAreReportedOrTakenAsZero() {
        s.loadMxcsr(DEFAULT);
        assertEquals(2, Float64.add(1, 1, s));
        assertEquals(FloatStatus.DENORMAL, s.raised());
        s.loadMxcsr(DEFAULT | 1 << 6);
        assertEquals(0, Float64.add(1, 1, s));
        assertEquals(0, s.raised());
    }

    @Test
    void theFirstNanWinsAndOnlySignalingOnesAreInvalid() {
        long quiet = 0xFFF8_0000_0000_0007L;
        s.loadMxcsr(DEFAULT);
        assertEquals(quiet, Float64.sub(1, quiet, s));
        assertEquals(0, s.raised());
        assertEquals(quiet, Float64.add(quiet, SIGNALING, s));
        assertEquals(FloatStatus.INVALID, s.raised());
        assertEquals(SIGNALING | 1L << 51, Float64.add(SIGNALING, quiet, s));
    }

    @Test
    void minimumAndMaximumAnswerTheSecondOperandInDoubt() {
        long minusZero = Long.MIN_VALUE;
        s.loadMxcsr(DEFAULT);
        assertEquals(minusZero, Float64.min(0, minusZero, s));
        assertEquals(0, Float64.max(minusZero, 0, s));
        assertEquals(0, s.raised());
        assertEquals(SIGNALING, Float64.min(0, SIGNALING, s));
        assertEquals(FloatStatus.INVALID, s.raised());
    }

    @Test
    void predicatesComeInOppositesAndSignalForLessAndLessOrEqual() {
        long nan = 0x7FF8_0000_0000_0000L;
        long one = Double.doubleToRawLongBits(1);
        long two = Double.doubleToRawLongBits(2);
        long[][] pairs = {{one, two}, {one, one}, {two, one}, {one, nan}};
        for (int p = 0; p < pairs.length; p++) {
            for (int predicate = 0; predicate < 8; predicate++) {
                s.loadMxcsr(DEFAULT);
                long mask = Float64.compare(pairs[p][0], pairs[p][1], predicate, s);
                assertEquals(expected(p, predicate), mask, p + " " + predicate);
                boolean signals = p == 3 && (predicate % 4 == 1 || predicate % 4 == 2);
                assertEquals(signals ? FloatStatus.INVALID : 0, s.raised());
            }
        }
    }

    private static long expected(int pair, int predicate) {
        boolean[][] holds = {
            // EQ, LT, LE, UNORD
            {false, true, true, false},
            {true, false, true, false},
            {false, false, false, false},
            {false, false, false, true},
        };
        return holds[pair][predicate & 3] != predicate > 3 ? -1 : 0;
    }

    @Test
    void unmaskedOperandExceptionsHideThoseOfOtherElements() {
        long zero = 0;
        long one = Double.doubleToRawLongBits(1);
        long three = Double.doubleToRawLongBits(3);
        s.loadMxcsr(DEFAULT & ~(FloatStatus.ZERO_DIVIDE << 7));
        Float64.div(one, three, s);
        Float64.div(one, zero, s);
        assertTrue(s.settle());
        assertEquals(FloatStatus.ZERO_DIVIDE, s.mxcsr() & FloatStatus.ALL);
    }

    @Test
    void ordersAreTheFlagsOfComisd() {
        long one = Double.doubleToRawLongBits(1);
        long nan = 0x7FF8_0000_0000_0000L;
        s.loadMxcsr(DEFAULT);
        assertEquals(0, Float64.comi(one, 0, s));
        assertEquals(1, Float64.comi(0, one, s));
        assertEquals(0x40, Float64.comi(0, Long.MIN_VALUE, s));
        assertEquals(0x45, Float64.ucomi(one, nan, s));
        assertEquals(0, s.raised());
        assertEquals(0x45, Float64.comi(one, nan, s));
        assertEquals(FloatStatus.INVALID, s.raised());
    }
}
