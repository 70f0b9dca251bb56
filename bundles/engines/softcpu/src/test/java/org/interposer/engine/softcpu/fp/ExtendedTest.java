package org.interposer.engine.softcpu.fp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import org.junit.jupiter.api.Test;

class ExtendedTest {
    private static final Format F = Format.EXTENDED;
    private static final int[] PRECISIONS = {24, 64, 53, 64};

    private final FloatStatus s = new FloatStatus();

    @Test
    void arithmeticIsExactAndRoundedOnceInEveryModeAndPrecision() {
        Operands random = new Operands(8);
        for (int i = 0; i < 20_000; i++) {
            long a = random.significand();
            long b = random.significand();
            int aSe = random.signExponent(70);
            int bSe = random.signExponent(70);
            int mode = i & 3;
            s.loadControlWord(0x3F | mode << 10 | (i >> 2 & 3) << 8);
            s.precision = s.controlledPrecision;
            int precision = PRECISIONS[i >> 2 & 3];
            assertEquals(precision, s.precision);
            Exact x = Exact.of80(a, aSe);
            Exact y = Exact.of80(b, bSe);
            check(x.plus(y), Arithmetic.add(a, aSe, b, bSe, F, s), precision);
            check(x.times(y), Arithmetic.multiply(a, aSe, b, bSe, F, s), precision);
            check(x.over(y), Arithmetic.divide(a, aSe, b, bSe, F, s), precision);
            Exact root = Exact.of80(a, aSe & 0x7FFF).root();
            check(root, Arithmetic.squareRoot(a, aSe & 0x7FFF, F, s), precision);
        }
    }

    private void check(Exact exact, long sig, int precision) {
        if (exact.numerator().signum() != 0) {
            Exact.Rounded expected = exact.round(precision, -16382, s.rounding);
            assertTrue(Exact.of80(sig, s.signExponent).equals(expected), exact::toString);
            assertEquals(expected.flags(), s.raised(), exact::toString);
        } else {
            assertEquals(0, sig);
        }
        s.discard();
    }

    @Test
    void denormalsRoundAtTheirFixedPlaceAndUnderflow() {
        Operands random = new Operands(9);
        for (int i = 0; i < 5_000; i++) {
            long a = random.significand();
            long b = random.significand();
            int aSe = 1 + random.below(80);
            int bSe = random.signExponent(40) & 0x7FFF;
            s.loadControlWord(0x33F | (i & 3) << 10);
            Exact product = Exact.of80(a, aSe).times(Exact.of80(b, bSe));
            check(product, Arithmetic.multiply(a, aSe, b, bSe, F, s), 64);
        }
    }

    @Test
    void aChainOfPartialRemaindersEndsAtTheTrueOne() {
        Operands random = new Operands(10);
        for (int i = 0; i < 3_000; i++) {
            boolean nearest = (i & 1) != 0;
            long b = random.significand();
            int bSe = random.signExponent(20) & 0x7FFF;
            long a = random.significand();
            int aSe = random.signExponent(200);
            Exact x = Exact.of80(a, aSe);
            Exact y = Exact.of80(b, bSe);
            int steps = 0;
            do {
                a = Remainder.of(a, aSe, b, bSe, nearest, s);
                aSe = s.signExponent;
                assertTrue(++steps < 10);
            } while (s.partial);
            checkRemainder(x, y, Exact.of80(a, aSe), nearest);
            assertEquals(0, s.raised());
        }
    }

    private void checkRemainder(Exact x, Exact y, Exact rest, boolean nearest) {
        Exact quotient = x.over(y);
        BigInteger whole = quotient.numerator().abs().divide(quotient.denominator());
        if (nearest) {
            whole = new Exact(quotient.numerator().abs(), quotient.denominator()).toInteger();
        }
        BigInteger signed = quotient.numerator().signum() < 0 ? whole.negate() : whole;
        Exact back = y.times(new Exact(signed, BigInteger.ONE)).plus(rest);
        assertEquals(
                x.numerator().multiply(back.denominator()),
                back.numerator().multiply(x.denominator()));
        assertEquals(whole.intValue() & 7, s.quotient & 7);
    }

    @Test
    void unsupportedEncodingsAreInvalidAndPseudoDenormalsAreNumbers() {
        s.loadControlWord(0x37F);
        long one = Float80.INTEGER;
        assertEquals(Float80.INDEFINITE, Arithmetic.add(1L << 62, 0x3FFF, one, 0x3FFF, F, s));
        assertEquals(FloatStatus.INVALID, s.raised());
        s.discard();
        assertEquals(Float80.INDEFINITE, Arithmetic.add(1, 0x7FFF, one, 0x3FFF, F, s));
        assertEquals(FloatStatus.INVALID, s.raised());
        s.discard();
        assertEquals(one, Arithmetic.add(one, 0, one, 0, F, s));
        assertEquals(2, s.signExponent());
        assertEquals(FloatStatus.DENORMAL, s.raised());
    }

    @Test
    void theNanWithTheLargerSignificandWins() {
        long small = Float80.INDEFINITE | 1;
        long large = Float80.INDEFINITE | 2;
        assertEquals(large, Arithmetic.add(small, 0x7FFF, large, 0xFFFF, F, s));
        assertEquals(0xFFFF, s.signExponent());
        assertEquals(large, Arithmetic.multiply(large, 0xFFFF, small, 0x7FFF, F, s));
        assertEquals(0xFFFF, s.signExponent());
        assertEquals(0, s.raised());
    }
}
