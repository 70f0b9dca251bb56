package org.interposer.engine.softcpu.fp;

/**
 * F2XM1, FYL2X, FYL2XP1, FPATAN, FSIN, FCOS and FPTAN in 80-bit encoding, with the special cases of
 * the SDM's tables.
 *
 * <p>Results are rounded from 118 good bits, so all but never differ from the exact value rounded.
 * Processors promise one unit in the last place and use it: a result here may differ by that unit
 * from the one of a given processor, and so may C1.
 */
final class Transcendental {
    private static final Format F = Format.EXTENDED;

    private final FloatStatus s;
    private final Elementary e = new Elementary();
    private final Real x = new Real();
    private final Real y = new Real();

    Transcendental(FloatStatus s) {
        this.s = s;
    }

    private long finish(Real value, boolean negate) {
        int sign = value.negative != negate ? 1 : 0;
        // The value is irrational: whatever was truncated, it is never exact.
        return Round.finish(sign, value.exponent, value.high, value.low | 1, F, s);
    }

    /** 2^a − 1; outside of −1 … 1, where it is undefined, a. */
    long powerMinusOne(long sig, int se) {
        if (Arithmetic.hasNoNumber(sig, se, 0, 0)) {
            return Arithmetic.noNumber(sig, se, 0, 0, F, s);
        }
        if (Float80.isInfinite(sig, se)) {
            return se >>> 15 == 0 ? F.infinity(0, s) : minusOne();
        }
        if (Arithmetic.stopsAtDenormal(sig, se, 0, 0, s) || sig == 0) {
            return F.zero(se >>> 15, s);
        }
        x.setMagnitude(sig, se);
        x.negative = se >>> 15 != 0;
        if (x.exponent > 0 || x.exponent == 0 && x.high != Float80.INTEGER) {
            s.raise(FloatStatus.INEXACT);
            return Arithmetic.round(sig, se, F, s);
        }
        if (x.exponent == 0) {
            s.raise(FloatStatus.INEXACT);
            return x.negative ? F.pack(1, Float80.BIAS - 1, Float80.INTEGER, s) : plusOne();
        }
        e.powerMinusOne(x);
        return finish(e.result, false);
    }

    private long plusOne() {
        return F.pack(0, Float80.BIAS, Float80.INTEGER, s);
    }

    private long minusOne() {
        return F.pack(1, Float80.BIAS, Float80.INTEGER, s);
    }

    /** b × log2 a. */
    long logarithm(long aSig, int aSe, long bSig, int bSe) {
        if (Arithmetic.hasNoNumber(aSig, aSe, bSig, bSe)) {
            return Arithmetic.noNumber(aSig, aSe, bSig, bSe, F, s);
        }
        boolean bInfinite = Float80.isInfinite(bSig, bSe);
        boolean aInfinite = Float80.isInfinite(aSig, aSe);
        boolean isOne = aSig == Float80.INTEGER && aSe == Float80.BIAS;
        if (aSig != 0 && aSe >>> 15 != 0) {
            return F.invalid(s);
        }
        if (bInfinite && isOne || bSig == 0 && (aSig == 0 || aInfinite)) {
            return F.invalid(s);
        }
        int sign = bSe >>> 15;
        if (aSig == 0 && !bInfinite) {
            s.raise(FloatStatus.ZERO_DIVIDE);
            return F.infinity(sign ^ 1, s);
        }
        if (Arithmetic.stopsAtDenormal(aSig, aSe, bSig, bSe, s)) {
            return F.zero(0, s);
        }
        boolean below = (aSe & Float80.SPECIAL) < Float80.BIAS;
        if (bInfinite || aInfinite) {
            return F.infinity(below ? sign ^ 1 : sign, s);
        }
        if (bSig == 0 || isOne) {
            return F.zero(below ? sign ^ 1 : sign, s);
        }
        return logarithmOfNumber(aSig, aSe, bSig, bSe);
    }

    private long logarithmOfNumber(long aSig, int aSe, long bSig, int bSe) {
        x.setMagnitude(aSig, aSe);
        if (x.high == Float80.INTEGER) {
            // The product of a power of two may be exact; processors call it inexact all the same.
            s.raise(FloatStatus.INEXACT);
            long log = Integers.significand(x.exponent);
            int logSe = Integers.signExponent(x.exponent);
            long product = Arithmetic.multiply(log, logSe, bSig, bSe, F, s);
            if (Float80.isDenormal(product, s.signExponent)) {
                s.raise(FloatStatus.UNDERFLOW);
            }
            return product;
        }
        e.logarithm(x);
        y.setMagnitude(bSig, bSe);
        e.result.multiply(y);
        return finish(e.result, bSe >>> 15 != 0);
    }

    /** b × log2 (1 + a); for an a not above −1, where it is undefined, a. */
    long logarithmOfOnePlus(long aSig, int aSe, long bSig, int bSe) {
        if (Arithmetic.hasNoNumber(aSig, aSe, bSig, bSe)) {
            return Arithmetic.noNumber(aSig, aSe, bSig, bSe, F, s);
        }
        boolean bInfinite = Float80.isInfinite(bSig, bSe);
        boolean aInfinite = Float80.isInfinite(aSig, aSe);
        if (bInfinite && aSig == 0 || aInfinite && (bSig == 0 || aSe >>> 15 != 0)) {
            return F.invalid(s);
        }
        if (Arithmetic.stopsAtDenormal(aSig, aSe, bSig, bSe, s)) {
            return F.zero(0, s);
        }
        int sign = (aSe ^ bSe) >>> 15;
        if (aInfinite || bInfinite) {
            return F.infinity(sign, s);
        }
        if (aSig == 0 || bSig == 0) {
            return F.zero(sign, s);
        }
        if (aSe >>> 15 != 0 && (aSe & Float80.SPECIAL) >= Float80.BIAS) {
            s.raise(FloatStatus.INEXACT);
            return Arithmetic.round(aSig, aSe, F, s);
        }
        x.setMagnitude(aSig, aSe);
        x.negative = aSe >>> 15 != 0;
        y.setMagnitude(bSig, bSe);
        e.logarithmOfOnePlus(x);
        e.result.multiply(y);
        return finish(e.result, bSe >>> 15 != 0);
    }

    /** The angle of the point (a, b). */
    long arcTangent(long aSig, int aSe, long bSig, int bSe) {
        if (Arithmetic.hasNoNumber(aSig, aSe, bSig, bSe)) {
            return Arithmetic.noNumber(aSig, aSe, bSig, bSe, F, s);
        }
        if (Arithmetic.stopsAtDenormal(aSig, aSe, bSig, bSe, s)) {
            return F.zero(0, s);
        }
        boolean left = aSe >>> 15 != 0;
        int sign = bSe >>> 15;
        boolean aInfinite = Float80.isInfinite(aSig, aSe);
        boolean bInfinite = Float80.isInfinite(bSig, bSe);
        if (bSig == 0 || aInfinite && !bInfinite) {
            return left ? turns(sign, 4) : F.zero(sign, s);
        }
        if (bInfinite) {
            return turns(sign, !aInfinite ? 2 : left ? 3 : 1);
        }
        if (aSig == 0) {
            return turns(sign, 2);
        }
        x.setMagnitude(aSig, aSe);
        y.setMagnitude(bSig, bSe);
        e.arcTangent(y, x, left);
        return finish(e.result, sign != 0);
    }

    /** Multiples of an eighth turn. */
    private long turns(int sign, int eighths) {
        x.set(false, 61, eighths, 0);
        x.exponent = 61 - Long.numberOfLeadingZeros(eighths);
        x.multiply(Elementary.PI);
        return finish(x, sign != 0);
    }

    /** Whether the trigonometric functions refuse the (finite) operand as too large. */
    static boolean isTooLarge(long sig, int se) {
        return sig < 0
                && (se & Float80.SPECIAL) >= Float80.BIAS + 63
                && (se & Float80.SPECIAL) != Float80.SPECIAL;
    }

    /** Handles what is no number but zero; true if {@link #special} has the result. */
    boolean isSpecial(long sig, int se) {
        if (Arithmetic.hasNoNumber(sig, se, 0, 0)) {
            special = Arithmetic.noNumber(sig, se, 0, 0, F, s);
            return true;
        }
        if (Float80.isInfinite(sig, se)) {
            special = F.invalid(s);
            return true;
        }
        if (Arithmetic.stopsAtDenormal(sig, se, 0, 0, s)) {
            special = F.zero(0, s);
            return true;
        }
        return false;
    }

    private long special;

    /** The result where {@link #isSpecial}. */
    long special() {
        return special;
    }

    /** The sine of a finite number below 2^63. */
    long sine(long sig, int se) {
        if (sig == 0) {
            return F.zero(se >>> 15, s);
        }
        e.reduce(x.setMagnitude(sig, se));
        e.sine();
        return finish(e.result, se >>> 15 != 0);
    }

    /** The cosine of a finite number below 2^63. */
    long cosine(long sig, int se) {
        if (sig == 0) {
            return plusOne();
        }
        e.reduce(x.setMagnitude(sig, se));
        e.cosine();
        return finish(e.result, false);
    }

    /** The tangent of a finite number below 2^63. */
    long tangent(long sig, int se) {
        if (sig == 0) {
            return F.zero(se >>> 15, s);
        }
        e.reduce(x.setMagnitude(sig, se));
        e.sine();
        y.set(e.result);
        e.cosine();
        y.divide(e.result);
        return finish(y, se >>> 15 != 0);
    }
}
