package org.interposer.engine.softcpu.simd;

/**
 * Arithmetic on all elements of 8 bytes at once, in the bits of one long. {@code h} has the highest
 * bit of each element, {@code w} is the width of an element.
 */
final class Swar {
    static final long H8 = 0x8080_8080_8080_8080L;
    static final long H16 = 0x8000_8000_8000_8000L;
    static final long H32 = 0x8000_0000_8000_0000L;
    private static final long ONES16 = 0x0001_0001_0001_0001L;
    private static final long ONES32 = 0x0000_0001_0000_0001L;
    private static final long EVEN8 = 0x00ff_00ff_00ff_00ffL;

    private Swar() {}

    static long add(long a, long b, long h) {
        return (a & ~h) + (b & ~h) ^ (a ^ b) & h;
    }

    static long sub(long a, long b, long h) {
        return (a | h) - (b & ~h) ^ (a ^ ~b) & h;
    }

    /** All ones in the elements whose highest bit is set in m. */
    static long spread(long m, int w) {
        return (m << 1) - (m >>> w - 1);
    }

    private static long select(long mask, long a, long b) {
        return b ^ (a ^ b) & mask;
    }

    static long equal(long a, long b, long h, int w) {
        long x = a ^ b;
        return spread(~((x & ~h) + ~h | x) & h, w);
    }

    /** Highest bit of the elements in which a is below b, unsigned: the borrow. */
    private static long below(long a, long b, long difference, long h) {
        return (~a & b | ~(a ^ b) & difference) & h;
    }

    private static long belowMask(long a, long b, long h, int w) {
        return spread(below(a, b, sub(a, b, h), h), w);
    }

    /** Signed a &gt; b. */
    static long greater(long a, long b, long h, int w) {
        return belowMask(b ^ h, a ^ h, h, w);
    }

    static long minUnsigned(long a, long b, long h, int w) {
        return select(belowMask(a, b, h, w), a, b);
    }

    static long maxUnsigned(long a, long b, long h, int w) {
        return select(belowMask(a, b, h, w), b, a);
    }

    static long minSigned(long a, long b, long h, int w) {
        return select(greater(b, a, h, w), a, b);
    }

    static long maxSigned(long a, long b, long h, int w) {
        return select(greater(a, b, h, w), a, b);
    }

    static long addUnsignedSaturated(long a, long b, long h, int w) {
        long sum = add(a, b, h);
        return sum | spread((a & b | (a | b) & ~sum) & h, w);
    }

    static long subUnsignedSaturated(long a, long b, long h, int w) {
        long d = sub(a, b, h);
        return d & ~spread(below(a, b, d, h), w);
    }

    static long addSignedSaturated(long a, long b, long h, int w) {
        long sum = add(a, b, h);
        return saturate(sum, ~(a ^ b) & (a ^ sum) & h, a, h, w);
    }

    static long subSignedSaturated(long a, long b, long h, int w) {
        long d = sub(a, b, h);
        return saturate(d, (a ^ b) & (a ^ d) & h, a, h, w);
    }

    /** Where it overflowed, the largest or smallest number, by the sign of a. */
    private static long saturate(long v, long overflow, long a, long h, int w) {
        long limit = ((a & h) >>> w - 1) + ~h;
        return select(spread(overflow, w), limit, v);
    }

    static long average8(long a, long b) {
        return (a | b) - ((a ^ b) >>> 1 & 0x7f7f_7f7f_7f7f_7f7fL);
    }

    static long average16(long a, long b) {
        return (a | b) - ((a ^ b) >>> 1 & 0x7fff_7fff_7fff_7fffL);
    }

    /** PSADBW of 8 bytes. */
    static long sumOfDifferences(long a, long b) {
        long d = subUnsignedSaturated(a, b, H8, 8) | subUnsignedSaturated(b, a, H8, 8);
        return ((d & EVEN8) + (d >>> 8 & EVEN8)) * ONES16 >>> 48;
    }

    /** Sign bits of the 8 bytes. */
    static int signs8(long a) {
        return (int) ((a & H8) * 0x0002_0408_1020_4081L >>> 56);
    }

    static long shiftLeft16(long a, long n) {
        return Long.compareUnsigned(n, 15) > 0 ? 0 : (a << n) & (0xffffL << n & 0xffff) * ONES16;
    }

    static long shiftRight16(long a, long n) {
        return Long.compareUnsigned(n, 15) > 0 ? 0 : (a >>> n) & (0xffffL >>> n) * ONES16;
    }

    static long shiftSigned16(long a, long n) {
        long m = Long.compareUnsigned(n, 15) > 0 ? 15 : n;
        long sign = H16 >>> m;
        return sub(shiftRight16(a, m) ^ sign, sign, H16);
    }

    static long shiftLeft32(long a, long n) {
        return Long.compareUnsigned(n, 31) > 0
                ? 0
                : (a << n) & (XmmOp.LOW << n & XmmOp.LOW) * ONES32;
    }

    static long shiftRight32(long a, long n) {
        return Long.compareUnsigned(n, 31) > 0 ? 0 : (a >>> n) & (XmmOp.LOW >>> n) * ONES32;
    }

    static long shiftSigned32(long a, long n) {
        int m = Long.compareUnsigned(n, 31) > 0 ? 31 : (int) n;
        return pair((int) a >> m, (int) (a >> 32) >> m);
    }

    static long shiftLeft64(long a, long n) {
        return Long.compareUnsigned(n, 63) > 0 ? 0 : a << n;
    }

    static long shiftRight64(long a, long n) {
        return Long.compareUnsigned(n, 63) > 0 ? 0 : a >>> n;
    }

    /** Two dwords. */
    static long pair(int low, int high) {
        return low & XmmOp.LOW | (long) high << 32;
    }

    static int word(long a, int i) {
        return (short) (a >>> 16 * i);
    }

    /** The low 32 bits of a and b, their bytes by turns. */
    static long interleave8(long a, long b) {
        return everySecondByte(a) | everySecondByte(b) << 8;
    }

    private static long everySecondByte(long a) {
        long x = a & XmmOp.LOW;
        x = (x | x << 16) & 0x0000_ffff_0000_ffffL;
        return (x | x << 8) & EVEN8;
    }

    /** The low 32 bits of a and b, their words by turns. */
    static long interleave16(long a, long b) {
        return everySecondWord(a) | everySecondWord(b) << 16;
    }

    private static long everySecondWord(long a) {
        long x = a & XmmOp.LOW;
        return (x | x << 16) & 0x0000_ffff_0000_ffffL;
    }

    static long interleave32(long a, long b) {
        return a & XmmOp.LOW | b << 32;
    }
}
