package org.interposer.engine.softcpu.fp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import org.junit.jupiter.api.Test;

/** Against series in decimals of 60 places, which share no constant with what is tested. */
class TranscendentalTest {
    private static final MathContext MC = new MathContext(60);
    private static final BigDecimal TWO = BigDecimal.valueOf(2);
    private static final BigDecimal LN2 = ln(TWO);
    private static final BigDecimal PI = machin();

    /** The 66 bits of π that x87 units reduce angles with. */
    private static final BigDecimal SHORT_PI =
            new BigDecimal(PI.multiply(TWO.pow(64)).toBigInteger()).divide(TWO.pow(64));

    private final FloatStatus s = new FloatStatus();
    private final Transcendental functions = new Transcendental(s);
    private final Operands random = new Operands(11);

    @Test
    void powersOfTwo() {
        for (int i = 0; i < 500; i++) {
            long sig = random.significand();
            int se = 16382 - random.below(66) | random.below(2) << 15;
            BigDecimal x = decimal(sig, se).multiply(LN2);
            check(exp(x).subtract(BigDecimal.ONE), functions.powerMinusOne(sig, se));
        }
    }

    @Test
    void logarithms() {
        for (int i = 0; i < 500; i++) {
            long a = random.significand() | 1;
            int aSe = random.signExponent(i < 250 ? 2 : 60) & 0x7FFF;
            long b = random.significand();
            int bSe = random.signExponent(60);
            BigDecimal log = ln(decimal(a, aSe)).divide(LN2, MC);
            check(log.multiply(decimal(b, bSe)), functions.logarithm(a, aSe, b, bSe));
        }
    }

    @Test
    void logarithmsOfOnePlus() {
        for (int i = 0; i < 500; i++) {
            long a = random.significand();
            int aSe = 16381 - random.below(40) | random.below(2) << 15;
            a = (aSe & 0x7FFF) == 16381 ? Float80.INTEGER | a >>> 3 : a;
            BigDecimal log = ln(BigDecimal.ONE.add(decimal(a, aSe))).divide(LN2, MC);
            long one = Float80.INTEGER;
            check(log, functions.logarithmOfOnePlus(a, aSe, one, 0x3FFF));
        }
    }

    @Test
    void anglesInAllQuadrants() {
        for (int i = 0; i < 500; i++) {
            long a = random.significand();
            int aSe = random.signExponent(12);
            long b = random.significand();
            int bSe = random.signExponent(12);
            BigDecimal x = decimal(a, aSe);
            BigDecimal y = decimal(b, bSe);
            BigDecimal angle = atan(y.abs().divide(x.abs(), MC));
            angle = x.signum() < 0 ? PI.subtract(angle) : angle;
            check(y.signum() < 0 ? angle.negate() : angle, functions.arcTangent(a, aSe, b, bSe));
        }
    }

    @Test
    void sinesCosinesAndTangents() {
        for (int i = 0; i < 500; i++) {
            long sig = random.significand();
            int se = i < 250 ? random.signExponent(20) : 16383 + random.below(63);
            BigDecimal x = decimal(sig, se);
            BigDecimal turn = SHORT_PI.multiply(TWO);
            BigDecimal whole = new BigDecimal(x.divide(turn, new MathContext(80)).toBigInteger());
            BigDecimal angle = x.subtract(whole.multiply(turn));
            // The nearest quarter of the short π: beyond an eighth the true π would show.
            BigDecimal quarter = SHORT_PI.divide(TWO);
            int q = angle.divide(quarter, MC).setScale(0, RoundingMode.HALF_EVEN).intValue();
            BigDecimal rest = angle.subtract(quarter.multiply(BigDecimal.valueOf(q)));
            BigDecimal sine = turned(rest, q);
            BigDecimal cosine = turned(rest, q + 1);
            check(sine, functions.sine(sig, se));
            check(cosine, functions.cosine(sig, se));
            check(sine.divide(cosine, MC), functions.tangent(sig, se));
        }
    }

    private static BigDecimal turned(BigDecimal rest, int quarters) {
        switch (Math.floorMod(quarters, 4)) {
            case 0:
                return sin(rest);
            case 1:
                return cos(rest);
            case 2:
                return sin(rest).negate();
            default:
                return cos(rest).negate();
        }
    }

    @Test
    void specialOperandsGiveWhatTheTablesSay() {
        long one = Float80.INTEGER;
        assertEquals(Float80.INTEGER, functions.logarithm(0, 0, one, 0x3FFF));
        assertEquals(0xFFFF, s.signExponent());
        assertEquals(FloatStatus.ZERO_DIVIDE, s.raised());
        s.discard();
        assertEquals(Float80.INDEFINITE, functions.logarithm(one, 0xBFFF, one, 0x3FFF));
        assertEquals(FloatStatus.INVALID, s.raised());
        s.discard();
        assertEquals(Float80.INDEFINITE, functions.logarithm(one, 0x3FFF, one, 0x7FFF));
        assertEquals(0, functions.arcTangent(one, 0x7FFF, one, 0xBFFF));
        assertEquals(0x8000, s.signExponent());
        functions.arcTangent(one, 0xFFFF, one, 0x7FFF);
        assertEquals(0x4000, s.signExponent());
        assertEquals(0, functions.sine(0, 0x8000));
        assertEquals(0x8000, s.signExponent());
        assertTrue(functions.isSpecial(one, 0x7FFF));
        assertEquals(Float80.INDEFINITE, functions.special());
    }

    /** Within one unit in the last place of the exact value: SDM 1, 8.3.10. */
    private void check(BigDecimal exact, long sig) {
        BigDecimal unit = decimal(1, s.signExponent & 0x7FFF);
        BigDecimal error = decimal(sig, s.signExponent).subtract(exact).abs();
        assertTrue(error.compareTo(unit) < 0, exact + " is off by " + error.divide(unit, MC));
        assertEquals(FloatStatus.INEXACT, s.raised());
        s.discard();
    }

    private static BigDecimal decimal(long sig, int se) {
        Exact exact = Exact.of80(sig, se);
        return new BigDecimal(exact.numerator()).divide(new BigDecimal(exact.denominator()));
    }

    private static BigDecimal exp(BigDecimal x) {
        BigDecimal sum = BigDecimal.ONE;
        BigDecimal term = BigDecimal.ONE;
        for (int n = 1; n < 60; n++) {
            term = term.multiply(x).divide(BigDecimal.valueOf(n), MC);
            sum = sum.add(term);
        }
        return sum;
    }

    /** Halves the argument by square roots until the series is quick. */
    private static BigDecimal ln(BigDecimal x) {
        MathContext wide = new MathContext(90);
        BigDecimal root = x;
        int halvings = 0;
        while (root.subtract(BigDecimal.ONE).abs().doubleValue() > 0.05) {
            root = root.sqrt(wide);
            halvings++;
        }
        BigDecimal z = root.subtract(BigDecimal.ONE).divide(root.add(BigDecimal.ONE), wide);
        return odd(z, z.multiply(z), wide).multiply(TWO.pow(halvings + 1));
    }

    private static BigDecimal atan(BigDecimal t) {
        MathContext wide = new MathContext(90);
        BigDecimal x = t;
        int doublings = 0;
        while (x.doubleValue() > 0.05) {
            BigDecimal root = BigDecimal.ONE.add(x.multiply(x, wide)).sqrt(wide);
            x = x.divide(BigDecimal.ONE.add(root), wide);
            doublings++;
        }
        return odd(x, x.multiply(x).negate(), wide).multiply(TWO.pow(doublings));
    }

    private static BigDecimal machin() {
        MathContext wide = new MathContext(90);
        BigDecimal fifth = BigDecimal.ONE.divide(BigDecimal.valueOf(5));
        BigDecimal other = BigDecimal.ONE.divide(BigDecimal.valueOf(239), wide);
        return odd(fifth, fifth.pow(2).negate(), wide)
                .multiply(BigDecimal.valueOf(16))
                .subtract(odd(other, other.pow(2).negate(), wide).multiply(BigDecimal.valueOf(4)));
    }

    /** x + x q / 3 + x q² / 5 + … */
    private static BigDecimal odd(BigDecimal x, BigDecimal q, MathContext mc) {
        BigDecimal sum = x;
        BigDecimal power = x;
        for (int n = 3; n < 130; n += 2) {
            power = power.multiply(q, mc);
            sum = sum.add(power.divide(BigDecimal.valueOf(n), mc));
        }
        return sum;
    }

    private static BigDecimal sin(BigDecimal x) {
        return alternating(x, x, 2);
    }

    private static BigDecimal cos(BigDecimal x) {
        return alternating(BigDecimal.ONE, x, 1);
    }

    private static BigDecimal alternating(BigDecimal first, BigDecimal x, int start) {
        MathContext wide = new MathContext(90);
        BigDecimal sum = first;
        BigDecimal term = first;
        BigDecimal square = x.multiply(x).negate();
        for (int n = start; n < 100; n += 2) {
            BigInteger divisor = BigInteger.valueOf((long) n * (n + 1));
            term = term.multiply(square, wide).divide(new BigDecimal(divisor), wide);
            sum = sum.add(term);
        }
        return sum;
    }
}
