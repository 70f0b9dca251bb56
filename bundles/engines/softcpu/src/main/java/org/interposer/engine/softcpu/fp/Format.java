package org.interposer.engine.softcpu.fp;

/**
 * A result format. All operations compute on the 80-bit encoding, into which the shorter formats
 * fit exactly, and round once into the format that is asked for.
 */
enum Format {
    /** binary32 as SSE computes it and x87 stores it. */
    BINARY32(24, -126, 127),
    /** binary64 as SSE computes it and x87 stores it. */
    BINARY64(53, -1022, 1023),
    /** x87 double extended; its precision is the control word's. */
    EXTENDED(64, -16382, 16383);

    final int precision;
    final int minExponent;
    final int maxExponent;

    Format(int precision, int minExponent, int maxExponent) {
        this.precision = precision;
        this.minExponent = minExponent;
        this.maxExponent = maxExponent;
    }

    /** Encodes; an EXTENDED result leaves its sign and exponent in the status. */
    long pack(int sign, int biased, long significand, FloatStatus s) {
        switch (this) {
            case BINARY32:
                return (long) sign << 31 | (long) biased << 23 | significand >>> 40 & 0x7F_FFFF;
            case BINARY64:
                return (long) sign << 63
                        | (long) biased << 52
                        | significand >>> 11 & 0xF_FFFF_FFFF_FFFFL;
            default:
                s.signExponent = sign << 15 | biased;
                return significand;
        }
    }

    long infinity(int sign, FloatStatus s) {
        return pack(sign, specialExponent(), Long.MIN_VALUE, s);
    }

    long zero(int sign, FloatStatus s) {
        return pack(sign, 0, 0, s);
    }

    long largest(int sign, int precisionInForce, FloatStatus s) {
        return pack(sign, specialExponent() - 1, -1L << 64 - precisionInForce, s);
    }

    /** The exponent field of infinities and NaNs. */
    int specialExponent() {
        return 2 * maxExponent + 1;
    }

    /** A NaN given in 80-bit encoding, made quiet. */
    long quiet(long significand, int signExponent, FloatStatus s) {
        return pack(signExponent >>> 15, specialExponent(), significand | Float80.QUIET, s);
    }

    /** Raises INVALID and answers the default NaN ("real indefinite"). */
    long invalid(FloatStatus s) {
        s.raise(FloatStatus.INVALID);
        return quiet(Float80.INDEFINITE, 0xFFFF, s);
    }
}
