package org.interposer.engine.softcpu.fp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.math.RoundingMode;
import org.junit.jupiter.api.Test;

class ConvertTest {
    private static final int DEFAULT = 0x1F80;
    private static final RoundingMode[] MODES = {
        RoundingMode.HALF_EVEN, RoundingMode.FLOOR, RoundingMode.CEILING, RoundingMode.DOWN,
    };

    private final FloatStatus s = new FloatStatus();

    @Test
    void integersAreRoundedAsDecimalsAre() {
        Operands random = new Operands(5);
        for (int i = 0; i < 200_000; i++) {
            int mode = i & 3;
            s.loadMxcsr(DEFAULT | mode << 13 | (i & 4) << 3);
            long bits = random.f64Near(1040, 50);
            double value = Double.longBitsToDouble(bits);
            BigDecimal whole = new BigDecimal(value).setScale(0, MODES[mode]);
            boolean inexact = whole.compareTo(new BigDecimal(value)) != 0;
            long result = Convert.f64ToInt64(bits, mode, s);
            if (whole.abs().compareTo(new BigDecimal(0x1p62)) < 0) {
                assertEquals(whole.longValueExact(), result, "" + value);
                checkInexact(i, inexact);
            }
            s.discard();
            if (whole.abs().compareTo(new BigDecimal(0x1p31)) < 0) {
                assertEquals(whole.intValueExact(), Convert.f64ToInt32(bits, mode, s), "" + value);
                checkInexact(i, inexact);
            }
            s.discard();
        }
    }

    /** Where INEXACT is sticky already the fast path may leave it out. */
    private void checkInexact(int i, boolean inexact) {
        if ((i & 4) == 0) {
            assertEquals(inexact ? FloatStatus.INEXACT : 0, s.raised());
        }
    }

    @Test
    void whatFitsNoIntegerIsInvalidAndIndefinite() {
        double[] unfit = {0x1p31, -0x1p31 - 1, 1e300, Double.NaN, Double.NEGATIVE_INFINITY};
        for (double value : unfit) {
            s.loadMxcsr(DEFAULT | FloatStatus.INEXACT);
            long bits = Double.doubleToRawLongBits(value);
            assertEquals(Integer.MIN_VALUE, Convert.f64ToInt32(bits, 3, s), "" + value);
            assertEquals(FloatStatus.INVALID, s.raised());
        }
        s.loadMxcsr(DEFAULT);
        long lowest = Double.doubleToRawLongBits(-0x1p63);
        assertEquals(Long.MIN_VALUE, Convert.f64ToInt64(lowest, 0, s));
        assertEquals(0, s.raised());
    }

    @Test
    void longIntegersAreRoundedOnce() {
        Operands random = new Operands(6);
        for (int i = 0; i < 200_000; i++) {
            long value = random.bits() >> random.below(64);
            int mode = i & 3;
            s.loadMxcsr(DEFAULT | mode << 13);
            long f64 = Convert.integerToF64(value, s);
            boolean inexact = s.raised() != 0;
            double back = Double.longBitsToDouble(f64);
            assertEquals(new BigDecimal(back).compareTo(new BigDecimal(value)) != 0, inexact);
            int order = new BigDecimal(back).compareTo(new BigDecimal(value));
            assertEquals(mode == 0 ? (double) value : back, back);
            assertEquals(true, mode != 1 || order <= 0);
            assertEquals(true, mode != 2 || order >= 0);
            s.loadMxcsr(DEFAULT);
            int f32 = Convert.integerToF32(value, s);
            assertEquals((float) value, Float.intBitsToFloat(f32));
        }
    }

    @Test
    void integralRoundingObeysItsImmediate() {
        Operands random = new Operands(7);
        for (int i = 0; i < 100_000; i++) {
            int mode = i & 3;
            long bits = random.f64Near(1040, 40);
            double value = Double.longBitsToDouble(bits);
            BigDecimal whole = new BigDecimal(value).setScale(0, MODES[mode]);
            double expected = Math.copySign(whole.doubleValue(), value);
            s.loadMxcsr(DEFAULT | mode << 13);
            assertEquals(expected, Double.longBitsToDouble(Convert.roundF64(bits, 4, s)));
            assertEquals(expected != value ? FloatStatus.INEXACT : 0, s.raised());
            s.loadMxcsr(DEFAULT);
            assertEquals(expected, Double.longBitsToDouble(Convert.roundF64(bits, 8 | mode, s)));
            assertEquals(0, s.raised());
        }
    }

    @Test
    void aSignalingNanBecomesQuietAndKeepsItsUpperPayload() {
        s.loadMxcsr(DEFAULT);
        assertEquals(0xFFF8_0000_2000_0000L, Convert.f32ToF64(0xFF80_0001, s));
        assertEquals(FloatStatus.INVALID, s.raised());
        assertEquals(0x7FC0_0001, Convert.f64ToF32(0x7FF0_0000_2000_0001L, s));
    }
}
