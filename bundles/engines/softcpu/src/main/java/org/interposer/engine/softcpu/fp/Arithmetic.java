package org.interposer.engine.softcpu.fp;

/**
 * The basic operations on operands in 80-bit encoding, rounded once into a format: BINARY32 and
 * BINARY64 by the rules of SSE, EXTENDED by those of x87, which differ in the choice of a NaN.
 *
 * <p>Priorities are those of SDM 1, 4.9.2: unsupported encodings and NaNs, then other invalid
 * operations and division by zero, then denormal operands, then what rounding finds.
 */
final class Arithmetic {
    private Arithmetic() {}

    static long add(long aSig, int aSe, long bSig, int bSe, Format f, FloatStatus s) {
        if (hasNoNumber(aSig, aSe, bSig, bSe)) {
            return noNumber(aSig, aSe, bSig, bSe, f, s);
        }
        boolean aInfinite = Float80.isInfinite(aSig, aSe);
        if (aInfinite && Float80.isInfinite(bSig, bSe) && (aSe ^ bSe) != 0) {
            return f.invalid(s);
        }
        if (stopsAtDenormal(aSig, aSe, bSig, bSe, s)) {
            return f.zero(0, s);
        }
        if (aInfinite) {
            return f.infinity(aSe >>> 15, s);
        }
        if (Float80.isInfinite(bSig, bSe)) {
            return f.infinity(bSe >>> 15, s);
        }
        if (aSig == 0 || bSig == 0) {
            return addZero(aSig, aSe, bSig, bSe, f, s);
        }
        int aExp = Float80.exponent(aSig, aSe);
        int bExp = Float80.exponent(bSig, bSe);
        long a = Float80.normalised(aSig);
        long b = Float80.normalised(bSig);
        boolean swap = bExp > aExp || bExp == aExp && Long.compareUnsigned(b, a) > 0;
        return swap
                ? addOrdered(bSe >>> 15, bExp, b, aExp, a, (aSe ^ bSe) >>> 15 != 0, f, s)
                : addOrdered(aSe >>> 15, aExp, a, bExp, b, (aSe ^ bSe) >>> 15 != 0, f, s);
    }

    /** Adds or subtracts the magnitude b, which is not larger than a. */
    private static long addOrdered(
            int sign, int aExp, long a, int bExp, long b, boolean minus, Format f, FloatStatus s) {
        int shift = aExp - bExp;
        long high = Wide.shiftRightHigh(b, shift);
        long low = Wide.shiftRightLowSticky(b, 0, shift);
        if (minus) {
            high = a - high - (low != 0 ? 1 : 0);
            low = -low;
            if ((high | low) == 0) {
                return f.zero(s.rounding == FloatStatus.DOWN ? 1 : 0, s);
            }
            int zeros = Wide.leadingZeros(high, low);
            long h = Wide.shiftLeftHigh(high, low, zeros);
            return Round.finish(sign, aExp - zeros, h, Wide.shiftLeftLow(low, zeros), f, s);
        }
        high += a;
        if (Long.compareUnsigned(high, a) < 0) {
            low = high << 63 | low >>> 1 | low & 1;
            return Round.finish(sign, aExp + 1, high >>> 1 | Long.MIN_VALUE, low, f, s);
        }
        return Round.finish(sign, aExp, high, low, f, s);
    }

    private static long addZero(long aSig, int aSe, long bSig, int bSe, Format f, FloatStatus s) {
        if ((aSig | bSig) == 0) {
            boolean same = (aSe ^ bSe) >>> 15 == 0;
            return f.zero(same ? aSe >>> 15 : s.rounding == FloatStatus.DOWN ? 1 : 0, s);
        }
        return aSig == 0 ? round(bSig, bSe, f, s) : round(aSig, aSe, f, s);
    }

    /** Rounds a finite number into the format; no operand exceptions. */
    static long round(long sig, int se, Format f, FloatStatus s) {
        if (sig == 0) {
            return f.zero(se >>> 15, s);
        }
        int exponent = Float80.exponent(sig, se);
        return Round.finish(se >>> 15, exponent, Float80.normalised(sig), 0, f, s);
    }

    static long multiply(long aSig, int aSe, long bSig, int bSe, Format f, FloatStatus s) {
        if (hasNoNumber(aSig, aSe, bSig, bSe)) {
            return noNumber(aSig, aSe, bSig, bSe, f, s);
        }
        boolean infinite = Float80.isInfinite(aSig, aSe) || Float80.isInfinite(bSig, bSe);
        boolean zero = Float80.isZero(aSig, aSe) || Float80.isZero(bSig, bSe);
        if (infinite && zero) {
            return f.invalid(s);
        }
        int sign = (aSe ^ bSe) >>> 15;
        if (stopsAtDenormal(aSig, aSe, bSig, bSe, s) || zero) {
            return f.zero(sign, s);
        }
        if (infinite) {
            return f.infinity(sign, s);
        }
        int exponent = Float80.exponent(aSig, aSe) + Float80.exponent(bSig, bSe) + 1;
        long a = Float80.normalised(aSig);
        long b = Float80.normalised(bSig);
        long high = Wide.multiplyHigh(a, b);
        long low = a * b;
        if (high >= 0) {
            high = high << 1 | low >>> 63;
            low <<= 1;
            exponent--;
        }
        return Round.finish(sign, exponent, high, low, f, s);
    }

    static long divide(long aSig, int aSe, long bSig, int bSe, Format f, FloatStatus s) {
        if (hasNoNumber(aSig, aSe, bSig, bSe)) {
            return noNumber(aSig, aSe, bSig, bSe, f, s);
        }
        boolean aInfinite = Float80.isInfinite(aSig, aSe);
        boolean bInfinite = Float80.isInfinite(bSig, bSe);
        boolean aZero = Float80.isZero(aSig, aSe);
        boolean bZero = Float80.isZero(bSig, bSe);
        if (aInfinite && bInfinite || aZero && bZero) {
            return f.invalid(s);
        }
        int sign = (aSe ^ bSe) >>> 15;
        if (bZero && !aInfinite) {
            s.raise(FloatStatus.ZERO_DIVIDE);
            return f.infinity(sign, s);
        }
        if (stopsAtDenormal(aSig, aSe, bSig, bSe, s) || aZero || bInfinite) {
            return f.zero(sign, s);
        }
        if (aInfinite) {
            return f.infinity(sign, s);
        }
        return quotient(sign, aSig, aSe, bSig, bSe, f, s);
    }

    private static long quotient(
            int sign, long aSig, int aSe, long bSig, int bSe, Format f, FloatStatus s) {
        int exponent = Float80.exponent(aSig, aSe) - Float80.exponent(bSig, bSe);
        long high = Float80.normalised(aSig);
        long low = 0;
        long b = Float80.normalised(bSig);
        if (Long.compareUnsigned(high, b) >= 0) {
            low = high << 63;
            high >>>= 1;
        } else {
            exponent--;
        }
        long upper = Wide.divide(high, low, b);
        long rest = low - upper * b;
        long lower = Wide.divide(rest, 0, b);
        if (lower * b != 0) {
            lower |= 1;
        }
        return Round.finish(sign, exponent, upper, lower, f, s);
    }

    static long squareRoot(long sig, int se, Format f, FloatStatus s) {
        if (hasNoNumber(sig, se, 0, 0)) {
            return noNumber(sig, se, 0, 0, f, s);
        }
        if (sig != 0 && se >>> 15 != 0) {
            return f.invalid(s);
        }
        if (stopsAtDenormal(sig, se, 0, 0, s) || sig == 0) {
            return f.zero(se >>> 15, s);
        }
        if (Float80.isInfinite(sig, se)) {
            return f.infinity(0, s);
        }
        int exponent = Float80.exponent(sig, se);
        long high = Float80.normalised(sig);
        long low = 0;
        if ((exponent & 1) == 0) {
            low = high << 63;
            high >>>= 1;
        }
        long root = Wide.squareRoot(high, low);
        long square = root * root;
        long restHigh = high - Wide.multiplyHigh(root, root);
        long rest = low - square;
        restHigh -= Long.compareUnsigned(low, square) < 0 ? 1 : 0;
        // The root is irrational or exact: (root + 1/2)² lies between root and root + 1 in rest.
        long tail = (rest | restHigh) == 0 ? 0 : 1;
        if (restHigh != 0 || Long.compareUnsigned(rest, root) > 0) {
            tail |= Long.MIN_VALUE;
        }
        return Round.finish(0, exponent >> 1, root, tail, f, s);
    }

    /** Whether one of the operands is a NaN or an unsupported encoding. */
    static boolean hasNoNumber(long aSig, int aSe, long bSig, int bSe) {
        return isNoNumber(aSig, aSe) || isNoNumber(bSig, bSe);
    }

    private static boolean isNoNumber(long sig, int se) {
        return Float80.isUnsupported(sig, se) || Float80.isNan(sig, se);
    }

    /** The answer when {@link #hasNoNumber}. */
    static long noNumber(long aSig, int aSe, long bSig, int bSe, Format f, FloatStatus s) {
        if (Float80.isUnsupported(aSig, aSe) || Float80.isUnsupported(bSig, bSe)) {
            return f.invalid(s);
        }
        boolean aNan = Float80.isNan(aSig, aSe);
        boolean bNan = Float80.isNan(bSig, bSe);
        boolean aSignals = aNan && (aSig & Float80.QUIET) == 0;
        boolean bSignals = bNan && (bSig & Float80.QUIET) == 0;
        if (aSignals || bSignals) {
            s.raise(FloatStatus.INVALID);
        }
        boolean first;
        if (!aNan || !bNan) {
            first = aNan;
        } else if (f != Format.EXTENDED) {
            first = true;
        } else if (aSignals != bSignals) {
            first = bSignals;
        } else {
            int order = Long.compareUnsigned(aSig, bSig);
            first = order > 0 || order == 0 && aSe >>> 15 == 0;
        }
        return first ? f.quiet(aSig, aSe, s) : f.quiet(bSig, bSe, s);
    }

    /** Raises DENORMAL where due; true if it is unmasked, so that there is nothing to compute. */
    static boolean stopsAtDenormal(long aSig, int aSe, long bSig, int bSe, FloatStatus s) {
        if (s.denormalOperand || Float80.isDenormal(aSig, aSe) || Float80.isDenormal(bSig, bSe)) {
            s.raise(FloatStatus.DENORMAL);
            return !s.masked(FloatStatus.DENORMAL);
        }
        return false;
    }
}
