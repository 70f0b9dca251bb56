package org.interposer.engine.softcpu.fp;

/** Integers out of and into the 80-bit encoding. */
final class Integers {
    private Integers() {}

    /**
     * Rounds to a signed integer of the given width.
     *
     * @return the integer; if invalid, the most negative one ("integer indefinite")
     */
    static long toInteger(long sig, int se, int width, int rounding, FloatStatus s) {
        long indefinite = -1L << width - 1;
        s.roundedUp = false;
        if ((se & Float80.SPECIAL) == 0 && sig == 0) {
            return 0;
        }
        int exponent = Float80.exponent(sig, se);
        if (Float80.isUnsupported(sig, se) || exponent > 63) {
            s.raise(FloatStatus.INVALID);
            return indefinite;
        }
        int sign = se >>> 15;
        long normalised = Float80.normalised(sig);
        long low = Wide.shiftRightLowSticky(normalised, 0, 63 - exponent);
        long magnitude = Wide.shiftRightHigh(normalised, 63 - exponent);
        boolean up = Round.away(sign, magnitude, low, 0, rounding);
        magnitude += up ? 1 : 0;
        boolean carried = up && magnitude == 0;
        long limit = sign == 0 ? ~indefinite : -indefinite;
        if (carried || Long.compareUnsigned(magnitude, limit) > 0) {
            s.raise(FloatStatus.INVALID);
            return indefinite;
        }
        if (low != 0) {
            s.raise(FloatStatus.INEXACT);
            s.roundedUp = up;
        }
        return sign == 0 ? magnitude : -magnitude;
    }

    /** Significand of an integer in the 80-bit encoding; with {@link #signExponent}. */
    static long significand(long value) {
        return Float80.normalised(Math.abs(value));
    }

    /** Sign and exponent of an integer in the 80-bit encoding. */
    static int signExponent(long value) {
        if (value == 0) {
            return 0;
        }
        int exponent = 63 - Long.numberOfLeadingZeros(Math.abs(value)) + Float80.BIAS;
        return value < 0 ? 0x8000 | exponent : exponent;
    }

    /** Rounds a finite number to an integral one of the same encoding; INEXACT if it was none. */
    static long toIntegral(long sig, int se, int rounding, Format f, FloatStatus s) {
        s.roundedUp = false;
        int sign = se >>> 15;
        if (sig == 0) {
            return f.zero(sign, s);
        }
        int exponent = Float80.exponent(sig, se);
        long normalised = Float80.normalised(sig);
        if (exponent >= 63) {
            return f.pack(sign, exponent + f.maxExponent, normalised, s);
        }
        long low = Wide.shiftRightLowSticky(normalised, 0, 63 - exponent);
        long whole = Wide.shiftRightHigh(normalised, 63 - exponent);
        boolean up = Round.away(sign, whole, low, 0, rounding);
        if (low != 0) {
            s.raise(FloatStatus.INEXACT);
            s.roundedUp = up;
        }
        whole += up ? 1 : 0;
        if (whole == 0) {
            return f.zero(sign, s);
        }
        int zeros = Long.numberOfLeadingZeros(whole);
        return f.pack(sign, 63 - zeros + f.maxExponent, whole << zeros, s);
    }
}
