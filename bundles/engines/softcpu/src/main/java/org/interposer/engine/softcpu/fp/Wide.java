package org.interposer.engine.softcpu.fp;

/** Unsigned 128-bit integer arithmetic on pairs of longs, as far as rounding exactly needs it. */
final class Wide {
    private Wide() {}

    /** Upper half of the unsigned product. */
    static long multiplyHigh(long a, long b) {
        return Math.multiplyHigh(a, b) + (a >> 63 & b) + (b >> 63 & a);
    }

    /** Upper half of (high, low) shifted right; for any non-negative distance. */
    static long shiftRightHigh(long high, int distance) {
        return distance >= 64 ? 0 : high >>> distance;
    }

    /** Lower half of (high, low) shifted right; what falls off sticks to the last bit. */
    static long shiftRightLowSticky(long high, long low, int distance) {
        if (distance == 0) {
            return low;
        }
        if (distance < 64) {
            long lost = low << -distance;
            return high << -distance | low >>> distance | (lost != 0 ? 1 : 0);
        }
        if (distance == 64) {
            return high | (low != 0 ? 1 : 0);
        }
        if (distance < 128) {
            long lost = high << -distance | low;
            return high >>> distance - 64 | (lost != 0 ? 1 : 0);
        }
        return (high | low) != 0 ? 1 : 0;
    }

    /** Upper half of (high, low) shifted left by less than 128. */
    static long shiftLeftHigh(long high, long low, int distance) {
        if (distance == 0) {
            return high;
        }
        return distance < 64 ? high << distance | low >>> -distance : low << distance - 64;
    }

    /** Lower half of (high, low) shifted left by less than 128. */
    static long shiftLeftLow(long low, int distance) {
        return distance < 64 ? low << distance : 0;
    }

    /** Leading zeros of a pair. */
    static int leadingZeros(long high, long low) {
        return high != 0 ? Long.numberOfLeadingZeros(high) : 64 + Long.numberOfLeadingZeros(low);
    }

    /** Unsigned comparison a &lt; b of pairs. */
    static boolean less(long aHigh, long aLow, long bHigh, long bLow) {
        int order = Long.compareUnsigned(aHigh, bHigh);
        return order < 0 || order == 0 && Long.compareUnsigned(aLow, bLow) < 0;
    }

    /**
     * Quotient of (high, low) by a divisor with its top bit set; high must be below the divisor.
     * The remainder is {@code low - quotient * divisor} in 64-bit arithmetic.
     */
    static long divide(long high, long low, long divisor) {
        // Two digits of 32 bits each, estimated from the upper half of the divisor and corrected
        // at most twice (Knuth, The Art of Computer Programming 2, 4.3.1, algorithm D).
        long upper = digit(high, low >>> 32, divisor);
        long rest = (high << 32 | low >>> 32) - upper * divisor;
        long lower = digit(rest, low & 0xFFFF_FFFFL, divisor);
        return (upper << 32) + lower;
    }

    private static long digit(long rest, long next, long divisor) {
        long top = divisor >>> 32;
        long bottom = divisor & 0xFFFF_FFFFL;
        long estimate = Long.divideUnsigned(rest, top);
        long remainder = rest - estimate * top;
        while (estimate >>> 32 != 0
                || Long.compareUnsigned(estimate * bottom, remainder << 32 | next) > 0) {
            estimate--;
            remainder += top;
            if (remainder >>> 32 != 0) {
                break;
            }
        }
        return estimate;
    }

    /** Floor of the square root of (high, low), where high is at least 2^62. */
    static long squareRoot(long high, long low) {
        double approximation = Math.sqrt((high >>> 1) * 0x1p65);
        // The double is good to 52 bits; one Newton step doubles that, a correction ends it.
        long root = approximation >= 0x1p64 ? -1L : unsigned(approximation);
        if (Long.compareUnsigned(root, high) <= 0) {
            root = high + 1 == 0 ? -1L : high + 1;
        }
        long quotient = Long.compareUnsigned(high, root) >= 0 ? -1L : divide(high, low, root);
        root = (root >>> 1) + (quotient >>> 1) + (root & quotient & 1);
        if (root >= 0) {
            root = Long.MIN_VALUE;
        }
        while (squareExceeds(root, high, low)) {
            root--;
        }
        while (root != -1L && !squareExceeds(root + 1, high, low)) {
            root++;
        }
        return root;
    }

    private static boolean squareExceeds(long root, long high, long low) {
        return less(high, low, multiplyHigh(root, root), root * root);
    }

    private static long unsigned(double value) {
        return value < 0x1p63 ? (long) value : (long) (value - 0x1p63) + Long.MIN_VALUE;
    }
}
