package org.interposer.engine.softcpu.simd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import java.util.function.IntBinaryOperator;
import java.util.function.LongBinaryOperator;
import org.junit.jupiter.api.Test;

/** Arithmetic on whole longs against the same, element by element. */
class SwarTest {
    private static final int CASES = 200_000;
    private final Random random = new Random(42);

    private long operand() {
        long v = random.nextLong();
        // Every other one is made of the numbers at which elements overflow.
        if (random.nextBoolean()) {
            v = 0;
            int[] edges = {0, 1, 0x7f, 0x80, 0x81, 0xfe, 0xff};
            for (int i = 0; i < 64; i += 8) {
                v |= (long) edges[random.nextInt(edges.length)] << i;
            }
        }
        return v;
    }

    private void check(int w, boolean signed, LongBinaryOperator whole, IntBinaryOperator element) {
        for (int n = 0; n < CASES; n++) {
            long a = operand();
            long b = operand();
            long expected = 0;
            for (int i = 0; i < 64; i += w) {
                int r = element.applyAsInt(take(a, i, w, signed), take(b, i, w, signed));
                expected |= (r & (1L << w) - 1) << i;
            }
            assertEquals(expected, whole.applyAsLong(a, b));
        }
    }

    private static int take(long v, int at, int w, boolean signed) {
        long top = v << 64 - w - at;
        return (int) (signed ? top >> 64 - w : top >>> 64 - w);
    }

    private static int clamp(int v, int low, int high) {
        return Math.max(low, Math.min(high, v));
    }

    @Test
    void sumsAndDifferencesWrapInTheirElement() {
        check(8, true, (a, b) -> Swar.add(a, b, Swar.H8), (a, b) -> a + b);
        check(16, true, (a, b) -> Swar.add(a, b, Swar.H16), (a, b) -> a + b);
        check(32, true, (a, b) -> Swar.add(a, b, Swar.H32), (a, b) -> a + b);
        check(8, true, (a, b) -> Swar.sub(a, b, Swar.H8), (a, b) -> a - b);
        check(16, true, (a, b) -> Swar.sub(a, b, Swar.H16), (a, b) -> a - b);
        check(32, true, (a, b) -> Swar.sub(a, b, Swar.H32), (a, b) -> a - b);
    }

    @Test
    void saturationStopsAtTheLimits() {
        check(
                8,
                false,
                (a, b) -> Swar.addUnsignedSaturated(a, b, Swar.H8, 8),
                (a, b) -> clamp(a + b, 0, 255));
        check(
                16,
                false,
                (a, b) -> Swar.subUnsignedSaturated(a, b, Swar.H16, 16),
                (a, b) -> clamp(a - b, 0, 65535));
        check(
                8,
                true,
                (a, b) -> Swar.addSignedSaturated(a, b, Swar.H8, 8),
                (a, b) -> clamp(a + b, -128, 127));
        check(
                16,
                true,
                (a, b) -> Swar.subSignedSaturated(a, b, Swar.H16, 16),
                (a, b) -> clamp(a - b, -32768, 32767));
    }

    @Test
    void comparisonsFillTheElement() {
        check(8, true, (a, b) -> Swar.equal(a, b, Swar.H8, 8), (a, b) -> a == b ? -1 : 0);
        check(32, true, (a, b) -> Swar.equal(a, b, Swar.H32, 32), (a, b) -> a == b ? -1 : 0);
        check(8, true, (a, b) -> Swar.greater(a, b, Swar.H8, 8), (a, b) -> a > b ? -1 : 0);
        check(16, true, (a, b) -> Swar.greater(a, b, Swar.H16, 16), (a, b) -> a > b ? -1 : 0);
        check(8, false, (a, b) -> Swar.minUnsigned(a, b, Swar.H8, 8), Math::min);
        check(16, false, (a, b) -> Swar.maxUnsigned(a, b, Swar.H16, 16), Math::max);
        check(32, true, (a, b) -> Swar.minSigned(a, b, Swar.H32, 32), Math::min);
        check(8, true, (a, b) -> Swar.maxSigned(a, b, Swar.H8, 8), Math::max);
        check(8, false, Swar::average8, (a, b) -> a + b + 1 >> 1);
    }

    @Test
    void productsAndSignsAreThoseOfTheElements() {
        check(16, true, Elements::multiplyHigh16, (a, b) -> a * b >> 16);
        check(16, true, Elements::multiplyRounded16, (a, b) -> (a * b >> 14) + 1 >> 1);
        check(8, true, (a, b) -> Elements.sign(a, b, Swar.H8, 8), (a, b) -> a * Integer.signum(b));
        for (int count = 0; count < 20; count++) {
            int n = count;
            check(16, true, (a, b) -> Swar.shiftSigned16(a, n), (a, b) -> a >> Math.min(n, 15));
        }
    }
}
