package org.interposer.engine.softcpu.fp;

/**
 * The 80-bit encoding: a 64-bit significand with explicit integer bit, and sign and exponent in 16
 * bits (SDM 1, 4.2.2 and 8.2.2). What lacks the integer bit with a non-zero exponent is no number
 * to any processor since the 387.
 */
final class Float80 {
    static final long INTEGER = Long.MIN_VALUE;
    static final long QUIET = 1L << 62;
    static final long INDEFINITE = INTEGER | QUIET;
    static final int BIAS = 16383;
    static final int SPECIAL = 0x7FFF;

    private Float80() {}

    static boolean isUnsupported(long significand, int signExponent) {
        return significand >= 0 && (signExponent & SPECIAL) != 0;
    }

    /** A NaN; the encoding must be supported. */
    static boolean isNan(long significand, int signExponent) {
        return (signExponent & SPECIAL) == SPECIAL && significand != INTEGER;
    }

    static boolean isSignaling(long significand, int signExponent) {
        return isNan(significand, signExponent) && (significand & QUIET) == 0;
    }

    static boolean isInfinite(long significand, int signExponent) {
        return (signExponent & SPECIAL) == SPECIAL && significand == INTEGER;
    }

    static boolean isZero(long significand, int signExponent) {
        return significand == 0 && (signExponent & SPECIAL) == 0;
    }

    static boolean isDenormal(long significand, int signExponent) {
        return significand != 0 && (signExponent & SPECIAL) == 0;
    }

    /** The exponent of the normalised value of a finite, non-zero number. */
    static int exponent(long significand, int signExponent) {
        int field = signExponent & SPECIAL;
        return (field == 0 ? 1 : field) - BIAS - Long.numberOfLeadingZeros(significand);
    }

    static long normalised(long significand) {
        return significand << Long.numberOfLeadingZeros(significand);
    }

    /** Significand of a binary32 number in the 80-bit encoding. */
    static long significand32(int bits) {
        long fraction = (bits & 0x7F_FFFFL) << 40;
        return (bits >>> 23 & 0xFF) == 0 ? normalised(fraction) : INTEGER | fraction;
    }

    /** Sign and exponent of a binary32 number in the 80-bit encoding. */
    static int signExponent32(int bits) {
        int sign = bits >>> 16 & 0x8000;
        int field = bits >>> 23 & 0xFF;
        if (field == 0xFF) {
            return sign | SPECIAL;
        }
        if (field != 0) {
            return sign | field - 127 + BIAS;
        }
        int fraction = bits & 0x7F_FFFF;
        return fraction == 0 ? sign : sign | BIAS - 118 - Integer.numberOfLeadingZeros(fraction);
    }

    /** Significand of a binary64 number in the 80-bit encoding. */
    static long significand64(long bits) {
        long fraction = (bits & 0xF_FFFF_FFFF_FFFFL) << 11;
        return (bits >>> 52 & 0x7FF) == 0 ? normalised(fraction) : INTEGER | fraction;
    }

    /** Sign and exponent of a binary64 number in the 80-bit encoding. */
    static int signExponent64(long bits) {
        int sign = (int) (bits >>> 48) & 0x8000;
        int field = (int) (bits >>> 52) & 0x7FF;
        if (field == 0x7FF) {
            return sign | SPECIAL;
        }
        if (field != 0) {
            return sign | field - 1023 + BIAS;
        }
        long fraction = bits & 0xF_FFFF_FFFF_FFFFL;
        return fraction == 0 ? sign : sign | BIAS - 1011 - Long.numberOfLeadingZeros(fraction);
    }

    static boolean isDenormal32(int bits) {
        return (bits & 0x7F80_0000) == 0 && (bits & 0x7F_FFFF) != 0;
    }

    static boolean isDenormal64(long bits) {
        return (bits & 0x7FF0_0000_0000_0000L) == 0 && (bits & 0xF_FFFF_FFFF_FFFFL) != 0;
    }
}
