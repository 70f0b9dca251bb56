package org.interposer.engine.softcpu.fp;

/**
 * Rounds an exact (or sticky) result once into a format, with the masked and unmasked responses to
 * overflow, underflow and inexactness (SDM 1, 4.9.1 and 8.5; tininess is detected after rounding).
 */
final class Round {
    /** What an unmasked overflow or underflow of a register adds to or takes from the exponent. */
    private static final int WRAP = 0x6000;

    private Round() {}

    /**
     * Rounds a non-zero value.
     *
     * @param sign 0 or 1
     * @param exponent the power of two that the top bit of {@code high} stands for
     * @param high upper half of the significand, top bit set
     * @param low lower half, whose last bit may be sticky
     * @return the bits of the result; for EXTENDED its significand
     */
    static long finish(int sign, int exponent, long high, long low, Format f, FloatStatus s) {
        int precision = f == Format.EXTENDED ? s.precision : f.precision;
        int drop = 64 - precision;
        if (exponent < f.minExponent && isTiny(sign, exponent, high, low, drop, f, s)) {
            return tiny(sign, exponent, high, low, drop, f, s);
        }
        boolean up = away(sign, high, low, drop, s.rounding);
        boolean inexact = (high & (1L << drop) - 1 | low) != 0;
        long rounded = high & -1L << drop;
        int e = exponent;
        if (up) {
            rounded += 1L << drop;
            if (rounded == 0) {
                rounded = Long.MIN_VALUE;
                e++;
            }
        }
        s.roundedUp = up;
        if (e > f.maxExponent) {
            return overflow(sign, e, rounded, inexact, precision, f, s);
        }
        if (inexact) {
            s.raise(FloatStatus.INEXACT);
        }
        return f.pack(sign, e + f.maxExponent, rounded, s);
    }

    /** Whether dropping bits from (high, low) rounds away from zero. */
    static boolean away(int sign, long high, long low, int drop, int rounding) {
        long rest = drop == 0 ? 0 : high & (1L << drop) - 1;
        switch (rounding) {
            case FloatStatus.NEAREST:
                if (drop == 0) {
                    return low < 0 && (low != Long.MIN_VALUE || (high & 1) != 0);
                }
                long half = 1L << drop - 1;
                return rest > half || rest == half && (low != 0 || (high >>> drop & 1) != 0);
            case FloatStatus.DOWN:
                return sign != 0 && (rest | low) != 0;
            case FloatStatus.UP:
                return sign == 0 && (rest | low) != 0;
            default:
                return false;
        }
    }

    private static boolean isTiny(
            int sign, int exponent, long high, long low, int drop, Format f, FloatStatus s) {
        boolean carries =
                exponent == f.minExponent - 1
                        && (high & -1L << drop) == -1L << drop
                        && away(sign, high, low, drop, s.rounding);
        return !carries;
    }

    private static long overflow(
            int sign,
            int e,
            long rounded,
            boolean inexact,
            int precision,
            Format f,
            FloatStatus s) {
        s.raise(FloatStatus.OVERFLOW);
        if (!s.masked(FloatStatus.OVERFLOW)) {
            if (inexact) {
                s.raise(FloatStatus.INEXACT);
            }
            return wrapped(sign, e - WRAP, rounded, f, s);
        }
        s.raise(FloatStatus.INEXACT);
        boolean infinite =
                s.rounding == FloatStatus.NEAREST
                        || s.rounding == (sign == 0 ? FloatStatus.UP : FloatStatus.DOWN);
        s.roundedUp = infinite;
        return infinite ? f.infinity(sign, s) : f.largest(sign, precision, s);
    }

    private static long tiny(
            int sign, int exponent, long high, long low, int drop, Format f, FloatStatus s) {
        if (!s.masked(FloatStatus.UNDERFLOW)) {
            return unmaskedTiny(sign, exponent, high, low, drop, f, s);
        }
        if (s.flushToZero) {
            s.raise(FloatStatus.UNDERFLOW | FloatStatus.INEXACT);
            return f.zero(sign, s);
        }
        int shift = f.minExponent - exponent;
        long h = Wide.shiftRightHigh(high, shift);
        long l = Wide.shiftRightLowSticky(high, low, shift);
        boolean up = away(sign, h, l, drop, s.rounding);
        if ((h & (1L << drop) - 1 | l) != 0) {
            s.raise(FloatStatus.UNDERFLOW | FloatStatus.INEXACT);
        }
        long rounded = (h & -1L << drop) + (up ? 1L << drop : 0);
        s.roundedUp = up;
        return f.pack(sign, rounded < 0 ? 1 : 0, rounded, s);
    }

    private static long unmaskedTiny(
            int sign, int exponent, long high, long low, int drop, Format f, FloatStatus s) {
        s.raise(FloatStatus.UNDERFLOW);
        boolean up = away(sign, high, low, drop, s.rounding);
        if ((high & (1L << drop) - 1 | low) != 0) {
            s.raise(FloatStatus.INEXACT);
        }
        long rounded = (high & -1L << drop) + (up ? 1L << drop : 0);
        s.roundedUp = up;
        int e = exponent + WRAP;
        if (rounded == 0) {
            rounded = Long.MIN_VALUE;
            e++;
        }
        return wrapped(sign, e, rounded, f, s);
    }

    /** An unmasked response: only registers get a result, the others' is thrown away. */
    private static long wrapped(int sign, int e, long rounded, Format f, FloatStatus s) {
        if (f != Format.EXTENDED) {
            return f.zero(sign, s);
        }
        if (e > f.maxExponent || e < f.minExponent) {
            // FSCALE can go further than the wrapped exponent reaches.
            s.raise(FloatStatus.INEXACT);
            s.roundedUp = e > f.maxExponent;
            return e > f.maxExponent ? f.infinity(sign, s) : f.zero(sign, s);
        }
        return f.pack(sign, e + Float80.BIAS, rounded, s);
    }
}
