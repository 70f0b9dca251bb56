package org.interposer.engine.softcpu.simd;

/**
 * RCPPS and RSQRTPS. The architecture promises a relative error of at most 1.5·2<sup>-12</sup> and
 * leaves the bits to the table of each processor; these are the exact values with 12 bits of
 * fraction, so that no program can mistake them for more. Neither raises an exception, and neither
 * obeys the rounding control, DAZ or FTZ: denormal operands are always zero (SDM vol. 2).
 */
final class Estimate {
    private static final int SIGN = Integer.MIN_VALUE;
    private static final int QUIET = 0x40_0000;
    private static final int INDEFINITE = 0xffc0_0000;
    private static final int INFINITY = 0x7f80_0000;

    /** What is left of a fraction of 23 bits, and half of the last place kept. */
    private static final int KEPT = -1 << 11;

    private static final int HALF = 1 << 10;

    private Estimate() {}

    static int reciprocal(int bits) {
        int magnitude = bits & ~SIGN;
        if (magnitude > INFINITY) {
            return bits | QUIET;
        }
        if (magnitude < 0x80_0000) {
            return bits & SIGN | INFINITY;
        }
        float r = 1 / Float.intBitsToFloat(bits);
        // A tiny result is flushed to zero.
        return Math.abs(r) < Float.MIN_NORMAL ? bits & SIGN : shortened(r);
    }

    static int rootReciprocal(int bits) {
        int magnitude = bits & ~SIGN;
        if (magnitude > INFINITY) {
            return bits | QUIET;
        }
        if (magnitude < 0x80_0000) {
            return bits & SIGN | INFINITY;
        }
        if (bits < 0) {
            return INDEFINITE;
        }
        return shortened((float) (1 / Math.sqrt(Float.intBitsToFloat(bits))));
    }

    private static int shortened(float r) {
        int bits = Float.floatToRawIntBits(r);
        return (bits & ~SIGN) == 0 ? bits : bits + HALF & KEPT;
    }
}
