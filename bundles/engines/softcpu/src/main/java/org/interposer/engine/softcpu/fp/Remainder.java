package org.interposer.engine.softcpu.fp;

/**
 * FPREM, FPREM1, FSCALE and FXTRACT's parts on finite and special operands (SDM 1, 8.3.5, 8.3.7).
 */
final class Remainder {
    private Remainder() {}

    /**
     * Partial remainder of a by b; leaves {@code quotient} and {@code partial} in the status.
     *
     * @param nearest whether the quotient is rounded to nearest (FPREM1) or truncated (FPREM)
     */
    static long of(long aSig, int aSe, long bSig, int bSe, boolean nearest, FloatStatus s) {
        s.quotient = 0;
        s.partial = false;
        Format f = Format.EXTENDED;
        if (Arithmetic.hasNoNumber(aSig, aSe, bSig, bSe)) {
            return Arithmetic.noNumber(aSig, aSe, bSig, bSe, f, s);
        }
        if (Float80.isInfinite(aSig, aSe) || bSig == 0) {
            return f.invalid(s);
        }
        if (Arithmetic.stopsAtDenormal(aSig, aSe, bSig, bSe, s)) {
            return f.zero(0, s);
        }
        if (Float80.isInfinite(bSig, bSe) || aSig == 0) {
            return Arithmetic.round(aSig, aSe, f, s);
        }
        int bExp = Float80.exponent(bSig, bSe);
        int distance = Float80.exponent(aSig, aSe) - bExp;
        if (distance < (nearest ? -1 : 0)) {
            return Arithmetic.round(aSig, aSe, f, s);
        }
        long a = Float80.normalised(aSig);
        long b = Float80.normalised(bSig);
        if (distance == -1) {
            return nearHalf(aSe >>> 15, bExp, a, b, s);
        }
        // How far one step goes is up to the processor; this is what current ones do.
        int steps = distance < 64 ? distance : 32 | distance & 31;
        s.partial = distance >= 64;
        return divide(aSe >>> 15, bExp + distance - steps, a, b, steps, nearest, s);
    }

    /** FPREM1 of an a with half the exponent of b: the quotient is 0 or 1. */
    private static long nearHalf(int sign, int bExp, long a, long b, FloatStatus s) {
        if (Long.compareUnsigned(a, b) <= 0) {
            return Round.finish(sign, bExp - 1, a, 0, Format.EXTENDED, s);
        }
        s.quotient = 1;
        return rest(sign ^ 1, bExp - 1, 2 * b - a, s);
    }

    private static long divide(
            int sign, int exponent, long a, long b, int steps, boolean nearest, FloatStatus s) {
        long rest = a;
        int quotient = 0;
        boolean carry = false;
        for (int i = steps; ; i--) {
            quotient <<= 1;
            if (carry || Long.compareUnsigned(rest, b) >= 0) {
                rest -= b;
                quotient |= 1;
            }
            if (i == 0) {
                break;
            }
            carry = rest < 0;
            rest <<= 1;
        }
        if (s.partial) {
            return rest(sign, exponent, rest, s);
        }
        int order = rest < 0 ? 1 : Long.compareUnsigned(2 * rest, b);
        if (nearest && (order > 0 || order == 0 && (quotient & 1) != 0)) {
            s.quotient = quotient + 1;
            return rest(sign ^ 1, exponent, b - rest, s);
        }
        s.quotient = quotient;
        return rest(sign, exponent, rest, s);
    }

    private static long rest(int sign, int exponent, long rest, FloatStatus s) {
        if (rest == 0) {
            // A zero keeps the sign of the dividend, which a rounded-up quotient has flipped.
            return Format.EXTENDED.zero(sign, s);
        }
        int zeros = Long.numberOfLeadingZeros(rest);
        return Round.finish(sign, exponent - zeros, rest << zeros, 0, Format.EXTENDED, s);
    }

    /** a × 2^trunc(b). */
    static long scale(long aSig, int aSe, long bSig, int bSe, FloatStatus s) {
        Format f = Format.EXTENDED;
        if (Arithmetic.hasNoNumber(aSig, aSe, bSig, bSe)) {
            return Arithmetic.noNumber(aSig, aSe, bSig, bSe, f, s);
        }
        boolean shrinks = bSe >>> 15 != 0;
        boolean aInfinite = Float80.isInfinite(aSig, aSe);
        int sign = aSe >>> 15;
        if (Float80.isInfinite(bSig, bSe) && (shrinks ? aInfinite : aSig == 0)) {
            return f.invalid(s);
        }
        if (Arithmetic.stopsAtDenormal(aSig, aSe, bSig, bSe, s)) {
            return f.zero(0, s);
        }
        if (aInfinite) {
            return f.infinity(sign, s);
        }
        if (Float80.isInfinite(bSig, bSe)) {
            return shrinks ? f.zero(sign, s) : f.infinity(sign, s);
        }
        if (aSig == 0) {
            return f.zero(sign, s);
        }
        int exponent = Float80.exponent(aSig, aSe) + scale(bSig, bSe);
        return Round.finish(sign, exponent, Float80.normalised(aSig), 0, f, s);
    }

    /** The truncated scale, limited to what certainly overflows or underflows. */
    private static int scale(long sig, int se) {
        int exponent = sig == 0 ? -1 : Float80.exponent(sig, se);
        if (exponent < 0) {
            return 0;
        }
        int magnitude = exponent > 17 ? 1 << 18 : (int) (Float80.normalised(sig) >>> 63 - exponent);
        return se >>> 15 != 0 ? -magnitude : magnitude;
    }
}
