package org.interposer.engine.softcpu.fp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class Float32Test {
    private static final int DEFAULT = 0x1F80;

    private final FloatStatus s = new FloatStatus();

    @Test
    void nearestIsWhatJavaComputesOnBothPaths() {
        Operands random = new Operands(3);
        for (int i = 0; i < 1_000_000; i++) {
            int a = random.f32();
            int b = random.f32();
            s.loadMxcsr((i & 1) == 0 ? DEFAULT : DEFAULT | FloatStatus.INEXACT);
            float x = Float.intBitsToFloat(a);
            float y = Float.intBitsToFloat(b);
            same(x + y, Float32.add(a, b, s), a, b);
            same(x - y, Float32.sub(a, b, s), a, b);
            same(x * y, Float32.mul(a, b, s), a, b);
            same(x / y, Float32.div(a, b, s), a, b);
            same((float) Math.sqrt(x), Float32.sqrt(a, s), a, b);
        }
    }

    private static void same(float expected, int bits, int a, int b) {
        float actual = Float.intBitsToFloat(bits);
        if (Float.compare(expected, actual) != 0) {
            assertEquals(expected, actual, Integer.toHexString(a) + ", " + Integer.toHexString(b));
        }
    }

    @Test
    void everyRoundingAndFlagIsThatOfExactArithmetic() {
        Operands random = new Operands(4);
        for (int i = 0; i < 20_000; i++) {
            int a = random.f32() & 0x80FF_FFFF | 0x2000_0000;
            int b = random.f32() & 0x80FF_FFFF | ((i & 8) == 0 ? 0x2000_0000 : 0x3F00_0000);
            int mode = i & 3;
            Exact x = Exact.ofDouble(Float.intBitsToFloat(a));
            Exact y = Exact.ofDouble(Float.intBitsToFloat(b));
            s.loadMxcsr(DEFAULT | mode << 13);
            check(x.plus(y), Float32.add(a, b, s), mode);
            check(x.times(y), Float32.mul(a, b, s), mode);
            check(x.over(y), Float32.div(a, b, s), mode);
        }
    }

    private void check(Exact exact, int bits, int mode) {
        if (exact.numerator().signum() != 0) {
            Exact.Rounded expected = exact.round(24, -126, mode);
            float value = Float.intBitsToFloat(bits);
            assertTrue(Exact.ofDouble(value).equals(expected), () -> exact + " gave " + value);
            assertEquals(expected.flags(), s.raised(), () -> exact + " gave " + value);
        }
        s.discard();
    }

    @Test
    void overflowGoesToInfinityOrTheLargestNumber() {
        int largest = Float.floatToRawIntBits(Float.MAX_VALUE);
        int infinity = Float.floatToRawIntBits(Float.POSITIVE_INFINITY);
        int[] expected = {infinity, largest, infinity, largest};
        for (int mode = 0; mode < 4; mode++) {
            s.loadMxcsr(DEFAULT | mode << 13);
            assertEquals(expected[mode], Float32.add(largest, largest, s));
            assertEquals(FloatStatus.OVERFLOW | FloatStatus.INEXACT, s.raised());
        }
    }
}
