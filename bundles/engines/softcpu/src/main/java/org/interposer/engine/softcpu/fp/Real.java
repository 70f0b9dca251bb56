package org.interposer.engine.softcpu.fp;

/**
 * A number with a 128-bit significand: the working precision of the transcendental functions, twice
 * that of their results. Operations truncate, so that each is off by less than 2^-126 of its
 * result. Mutable and reused; nothing is allocated on the way.
 */
final class Real {
    boolean negative;

    /** The power of two of the top bit. */
    int exponent;

    /** The significand, its top bit set; 0 for the number zero. */
    long high;

    long low;

    static Real of(long value) {
        Real real = new Real();
        real.set(false, 63, value, 0);
        return real;
    }

    static Real of(boolean negative, int exponent, long high, long low) {
        Real real = new Real();
        real.set(negative, exponent, high, low);
        return real;
    }

    boolean isZero() {
        return high == 0;
    }

    Real set(Real from) {
        negative = from.negative;
        exponent = from.exponent;
        high = from.high;
        low = from.low;
        return this;
    }

    /** Sets a value that need not be normalised. */
    Real set(boolean sign, int power, long upper, long lower) {
        negative = sign;
        exponent = power;
        high = upper;
        low = lower;
        normalise();
        return this;
    }

    /** Sets the magnitude of a finite number in 80-bit encoding. */
    Real setMagnitude(long significand, int signExponent) {
        return set(
                false,
                Float80.exponent(significand, signExponent),
                Float80.normalised(significand),
                0);
    }

    private void normalise() {
        if (high < 0) {
            return;
        }
        if ((high | low) == 0) {
            exponent = 0;
            return;
        }
        int zeros = Wide.leadingZeros(high, low);
        high = Wide.shiftLeftHigh(high, low, zeros);
        low = Wide.shiftLeftLow(low, zeros);
        exponent -= zeros;
    }

    Real multiply(Real by) {
        long a1 = high;
        long a0 = low;
        long b1 = by.high;
        long b0 = by.low;
        long cross1 = a1 * b0;
        long cross0 = a0 * b1;
        long middle = cross1 + cross0;
        long carry = Long.compareUnsigned(middle, cross1) < 0 ? 1 : 0;
        long bottom = middle + Wide.multiplyHigh(a0, b0);
        carry += Long.compareUnsigned(bottom, middle) < 0 ? 1 : 0;
        long product = a1 * b1;
        long l = product + carry;
        long h = Wide.multiplyHigh(a1, b1) + (Long.compareUnsigned(l, product) < 0 ? 1 : 0);
        long term = Wide.multiplyHigh(a1, b0);
        l += term;
        h += Long.compareUnsigned(l, term) < 0 ? 1 : 0;
        term = Wide.multiplyHigh(a0, b1);
        l += term;
        h += Long.compareUnsigned(l, term) < 0 ? 1 : 0;
        return set(negative != by.negative, exponent + by.exponent + 1, h, l);
    }

    Real divide(Real by) {
        long h = high;
        long l = low;
        int power = exponent - by.exponent;
        boolean carry = false;
        if (Wide.less(h, l, by.high, by.low)) {
            carry = h < 0;
            h = h << 1 | l >>> 63;
            l <<= 1;
            power--;
        }
        long q1 = 0;
        long q0 = 0;
        for (int i = 0; i < 128; i++) {
            q1 = q1 << 1 | q0 >>> 63;
            q0 <<= 1;
            if (carry || !Wide.less(h, l, by.high, by.low)) {
                h = h - by.high - (Long.compareUnsigned(l, by.low) < 0 ? 1 : 0);
                l -= by.low;
                q0 |= 1;
            }
            carry = h < 0;
            h = h << 1 | l >>> 63;
            l <<= 1;
        }
        return set(negative != by.negative, power, q1, q0);
    }

    Real negate() {
        negative = !negative;
        return this;
    }

    Real subtract(Real other) {
        return other == this ? set(false, 0, 0, 0) : add(other, !other.negative);
    }

    Real add(Real other) {
        return add(other, other.negative);
    }

    private Real add(Real other, boolean sign) {
        if (other.isZero()) {
            return this;
        }
        if (isZero()) {
            return set(sign, other.exponent, other.high, other.low);
        }
        boolean smaller =
                exponent < other.exponent
                        || exponent == other.exponent
                                && Wide.less(high, low, other.high, other.low);
        if (smaller) {
            return combine(
                    sign, other.exponent, other.high, other.low, exponent, high, low, negative);
        }
        return combine(negative, exponent, high, low, other.exponent, other.high, other.low, sign);
    }

    /** This becomes a + b, where a has the larger magnitude. */
    private Real combine(
            boolean aSign, int aExp, long a1, long a0, int bExp, long b1, long b0, boolean bSign) {
        int distance = aExp - bExp;
        long h = Wide.shiftRightHigh(b1, distance);
        long l = Wide.shiftRightLowSticky(b1, b0, distance);
        if (aSign != bSign) {
            long difference = a1 - h - (Long.compareUnsigned(a0, l) < 0 ? 1 : 0);
            return set(aSign, aExp, difference, a0 - l);
        }
        long sumLow = a0 + l;
        long partial = a1 + (Long.compareUnsigned(sumLow, l) < 0 ? 1 : 0);
        long sum = partial + h;
        boolean carries = partial == 0 && a1 != 0 || Long.compareUnsigned(sum, h) < 0;
        if (carries) {
            return set(aSign, aExp + 1, sum >>> 1 | Long.MIN_VALUE, sum << 63 | sumLow >>> 1);
        }
        return set(aSign, aExp, sum, sumLow);
    }

    boolean isMagnitudeLess(Real than) {
        return exponent != than.exponent
                ? exponent < than.exponent
                : Wide.less(high, low, than.high, than.low);
    }
}
