package org.interposer.engine.softcpu.fp;

import java.math.BigInteger;

/**
 * The elementary functions on {@link Real}: argument reduction and a Taylor series, summed until
 * the terms vanish. Relative errors stay below 2^-118, so that rounding the result to 64 bits is
 * right but for arguments whose result lies that close to the middle of two neighbours.
 */
final class Elementary {
    static final Real ONE = Real.of(1);
    static final Real TWO = Real.of(2);

    /** π to 128 bits. */
    static final Real PI = Real.of(false, 1, 0xC90F_DAA2_2168_C234L, 0xC4C6_628B_80DC_1CD1L);

    private static final Real HALF_PI = Real.of(false, 0, PI.high, PI.low);
    private static final Real LN2 =
            Real.of(false, -1, 0xB172_17F7_D1CF_79ABL, 0xC9E3_B398_03F2_F6AFL);
    private static final Real LOG2_E =
            Real.of(false, 0, 0xB8AA_3B29_5C17_F0BBL, 0xBE87_FED0_691D_3E89L);

    /** π/2 as x87 units know it: 66 bits, which the processors keep for the sake of old results. */
    private static final long SHORT_PI_LOW = 0xC000_0000_0000_0000L;

    private static final long SHORT_PI_HIGH = 0xC90F_DAA2_2168_C234L;

    private static final int PRECISION = 130;
    private static final int TERMS = 64;
    private static final int STEPS = 16;
    private static final Real[] INVERSE = new Real[TERMS];
    private static final Real[] ARC_TANGENT = new Real[STEPS + 1];
    private static final Real[] STEP = new Real[STEPS + 1];

    static {
        for (int n = 1; n < TERMS; n++) {
            INVERSE[n] = Real.of(1).divide(Real.of(n));
        }
        for (int i = 0; i <= STEPS; i++) {
            STEP[i] = Real.of(i).divide(Real.of(STEPS));
            ARC_TANGENT[i] = arcTangentOfStep(i);
        }
    }

    final Real result = new Real();
    private final Real term = new Real();
    private final Real square = new Real();
    private final Real part = new Real();
    private final Real other = new Real();

    /** Which quarter turn the last reduction took away, modulo 4. */
    private int quarter;

    private final Real angle = new Real();

    /** Euler's series for a rational argument i/16, in integers. */
    private static Real arcTangentOfStep(int i) {
        int bits = 192;
        BigInteger square = BigInteger.valueOf((long) i * i);
        BigInteger whole = BigInteger.valueOf(STEPS * STEPS).add(square);
        BigInteger term = BigInteger.valueOf((long) i * STEPS).shiftLeft(bits).divide(whole);
        BigInteger sum = BigInteger.ZERO;
        for (int n = 1; term.signum() != 0; n++) {
            sum = sum.add(term);
            term = term.multiply(square).multiply(BigInteger.valueOf(2L * n));
            term = term.divide(whole.multiply(BigInteger.valueOf(2L * n + 1)));
        }
        long high = sum.shiftRight(bits - 63).longValue();
        long low = sum.shiftRight(bits - 127).longValue();
        return Real.of(false, 0, high, low);
    }

    /** result = 2^x − 1 for |x| at most 1. */
    void powerMinusOne(Real x) {
        other.set(x).multiply(LN2);
        result.set(other);
        term.set(other);
        for (int n = 2; n < TERMS && matters(term); n++) {
            term.multiply(other).multiply(INVERSE[n]);
            result.add(term);
        }
    }

    private boolean matters(Real summand) {
        return !summand.isZero() && summand.exponent > result.exponent - PRECISION;
    }

    /** result = log2 v for a positive v. */
    void logarithm(Real v) {
        int whole = v.exponent;
        part.set(false, 0, v.high, v.low);
        // Into √½ … √2, so that a logarithm near zero comes from the series alone.
        if (Long.compareUnsigned(v.high, 0xB504_F333_F9DE_6484L) >= 0) {
            part.exponent = -1;
            whole++;
        }
        other.set(part).add(ONE);
        part.subtract(ONE);
        logarithmOfRatio();
        if (whole != 0) {
            part.set(whole < 0, 63, Math.abs(whole), 0);
            result.add(part);
        }
    }

    /** result = log2 (1 + x) for an x above -1. */
    void logarithmOfOnePlus(Real x) {
        if (x.exponent >= -2) {
            angle.set(x).add(ONE);
            logarithm(angle);
            return;
        }
        part.set(x);
        other.set(TWO).add(x);
        logarithmOfRatio();
    }

    /** result = 2 log2(e) artanh (part / other). */
    private void logarithmOfRatio() {
        result.set(part);
        if (part.isZero()) {
            return;
        }
        part.divide(other);
        square.set(part).multiply(part);
        result.set(part);
        for (int n = 3; n < TERMS; n += 2) {
            part.multiply(square);
            if (!matters(part)) {
                break;
            }
            term.set(part).multiply(INVERSE[n]);
            result.add(term);
        }
        result.multiply(LOG2_E);
        result.exponent++;
    }

    /** result = the angle of the point (x, y), both given as magnitudes above zero. */
    void arcTangent(Real y, Real x, boolean leftHalf) {
        boolean steep = x.isMagnitudeLess(y);
        acuteAngle(steep ? x : y, steep ? y : x);
        if (steep) {
            result.negate().add(HALF_PI);
        }
        if (leftHalf) {
            result.negate().add(PI);
        }
    }

    /** result = arctan (y / x) for y not above x. */
    private void acuteAngle(Real y, Real x) {
        int step = 0;
        if (y.exponent > x.exponent - 8) {
            double ratio = (double) (y.high >>> 11) / (x.high >>> 11);
            step = (int) Math.rint(Math.scalb(ratio, y.exponent - x.exponent + 4));
        }
        // arctan(y/x) = arctan c + arctan((y − c x) / (x + c y))
        part.set(STEP[step]).multiply(x).negate().add(y);
        other.set(STEP[step]).multiply(y).add(x);
        result.set(part);
        if (!part.isZero()) {
            part.divide(other);
            square.set(part).multiply(part).negate();
            result.set(part);
            for (int n = 3; n < TERMS; n += 2) {
                part.multiply(square);
                if (!matters(part) && n > 3) {
                    break;
                }
                term.set(part).multiply(INVERSE[n]);
                result.add(term);
            }
        }
        result.add(ARC_TANGENT[step]);
    }

    /**
     * Takes quarter turns away from a magnitude below 2^63, exactly, until at most an eighth is
     * left.
     */
    void reduce(Real x) {
        long h = x.high;
        long l = x.low;
        int q = 0;
        angle.set(x);
        angle.negative = false;
        if (x.exponent >= 0) {
            boolean carry = false;
            for (int i = x.exponent; ; i--) {
                q <<= 1;
                if (carry || !Wide.less(h, l, SHORT_PI_HIGH, SHORT_PI_LOW)) {
                    h = h - SHORT_PI_HIGH - (Long.compareUnsigned(l, SHORT_PI_LOW) < 0 ? 1 : 0);
                    l -= SHORT_PI_LOW;
                    q |= 1;
                }
                if (i == 0) {
                    break;
                }
                carry = h < 0;
                h = h << 1 | l >>> 63;
                l <<= 1;
            }
            angle.set(false, 0, h, l);
        }
        other.set(false, -1, SHORT_PI_HIGH, SHORT_PI_LOW);
        if (other.isMagnitudeLess(angle)) {
            other.exponent = 0;
            angle.subtract(other);
            q++;
        }
        quarter = q & 3;
    }

    /** result = the sine of the reduced magnitude. */
    void sine() {
        trigonometric(quarter);
    }

    /** result = the cosine of the reduced magnitude. */
    void cosine() {
        trigonometric(quarter + 1 & 3);
    }

    private void trigonometric(int turns) {
        boolean cosine = (turns & 1) != 0;
        square.set(angle).multiply(angle).negate();
        term.set(cosine ? ONE : angle);
        result.set(term);
        for (int n = cosine ? 1 : 2; n + 1 < TERMS; n += 2) {
            boolean first = n < 3;
            term.multiply(square).multiply(INVERSE[n]).multiply(INVERSE[n + 1]);
            if (!first && !matters(term)) {
                break;
            }
            result.add(term);
        }
        if (turns >= 2) {
            result.negate();
        }
    }
}
