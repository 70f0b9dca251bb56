package org.interposer.engine.softcpu.simd;

/** Packed integer operations on 8 bytes that go from element to element. */
final class Elements {
    private Elements() {}

    private static long at16(int v, int i) {
        return (v & 0xffffL) << 16 * i;
    }

    static long multiplyLow16(long a, long b) {
        long r = 0;
        for (int i = 0; i < 4; i++) {
            r |= at16(Swar.word(a, i) * Swar.word(b, i), i);
        }
        return r;
    }

    static long multiplyHigh16(long a, long b) {
        long r = 0;
        for (int i = 0; i < 4; i++) {
            r |= at16(Swar.word(a, i) * Swar.word(b, i) >> 16, i);
        }
        return r;
    }

    static long multiplyHighUnsigned16(long a, long b) {
        long r = 0;
        for (int i = 0; i < 4; i++) {
            r |= at16((Swar.word(a, i) & 0xffff) * (Swar.word(b, i) & 0xffff) >>> 16, i);
        }
        return r;
    }

    /** PMULHRSW. */
    static long multiplyRounded16(long a, long b) {
        long r = 0;
        for (int i = 0; i < 4; i++) {
            r |= at16((Swar.word(a, i) * Swar.word(b, i) >> 14) + 1 >> 1, i);
        }
        return r;
    }

    static long multiplyLow32(long a, long b) {
        return Swar.pair((int) a * (int) b, (int) (a >> 32) * (int) (b >> 32));
    }

    /** PMULUDQ. */
    static long multiplyUnsigned32(long a, long b) {
        return (a & XmmOp.LOW) * (b & XmmOp.LOW);
    }

    /** PMULDQ. */
    static long multiplySigned32(long a, long b) {
        return (long) (int) a * (int) b;
    }

    /** PMADDWD. */
    static long multiplyAdd16(long a, long b) {
        int low = Swar.word(a, 0) * Swar.word(b, 0) + Swar.word(a, 1) * Swar.word(b, 1);
        int high = Swar.word(a, 2) * Swar.word(b, 2) + Swar.word(a, 3) * Swar.word(b, 3);
        return Swar.pair(low, high);
    }

    /** PMADDUBSW: bytes of a unsigned, of b signed. */
    static long multiplyAdd8(long a, long b) {
        long r = 0;
        for (int i = 0; i < 4; i++) {
            int n = 16 * i;
            int low = (int) (a >>> n & 0xff) * (byte) (b >>> n);
            int high = (int) (a >>> n + 8 & 0xff) * (byte) (b >>> n + 8);
            r |= at16(saturate16(low + high), i);
        }
        return r;
    }

    static int saturate16(int v) {
        return Math.max(-0x8000, Math.min(0x7fff, v));
    }

    static long absolute(long a, long h, int w) {
        long negative = Swar.spread(a & h, w);
        return Swar.sub(a ^ negative, negative, h);
    }

    /** PSIGN: a negated where b is negative, 0 where it is 0. */
    static long sign(long a, long b, long h, int w) {
        long negative = Swar.spread(b & h, w);
        return Swar.sub(a ^ negative, negative, h) & ~Swar.equal(b, 0, h, w);
    }

    static long greater64(long a, long b) {
        return a > b ? -1 : 0;
    }

    static long equal64(long a, long b) {
        return a == b ? -1 : 0;
    }

    /** PACKSSWB of 4 words into the low 32 bits. */
    static long packSigned16(long a) {
        long r = 0;
        for (int i = 0; i < 4; i++) {
            r |= (Math.max(-0x80, Math.min(0x7f, Swar.word(a, i))) & 0xffL) << 8 * i;
        }
        return r;
    }

    /** PACKUSWB. */
    static long packUnsigned16(long a) {
        long r = 0;
        for (int i = 0; i < 4; i++) {
            r |= (long) Math.max(0, Math.min(0xff, Swar.word(a, i))) << 8 * i;
        }
        return r;
    }

    /** PACKSSDW of 2 dwords into the low 32 bits. */
    static long packSigned32(long a) {
        return at16(saturate16((int) a), 0) | at16(saturate16((int) (a >> 32)), 1);
    }

    /** PACKUSDW. */
    static long packUnsigned32(long a) {
        int low = Math.max(0, Math.min(0xffff, (int) a));
        int high = Math.max(0, Math.min(0xffff, (int) (a >> 32)));
        return low | (long) high << 16;
    }

    /** PHADDW of 4 words into the low 32 bits. */
    static long addPairs16(long a) {
        return at16(Swar.word(a, 0) + Swar.word(a, 1), 0)
                | at16(Swar.word(a, 2) + Swar.word(a, 3), 1);
    }

    /** PHADDSW. */
    static long addPairsSaturated16(long a) {
        return at16(saturate16(Swar.word(a, 0) + Swar.word(a, 1)), 0)
                | at16(saturate16(Swar.word(a, 2) + Swar.word(a, 3)), 1);
    }

    /** PHSUBW. */
    static long subPairs16(long a) {
        return at16(Swar.word(a, 0) - Swar.word(a, 1), 0)
                | at16(Swar.word(a, 2) - Swar.word(a, 3), 1);
    }

    /** PHSUBSW. */
    static long subPairsSaturated16(long a) {
        return at16(saturate16(Swar.word(a, 0) - Swar.word(a, 1)), 0)
                | at16(saturate16(Swar.word(a, 2) - Swar.word(a, 3)), 1);
    }

    /** PHADDD of 2 dwords into the low 32 bits. */
    static long addPairs32(long a) {
        return (int) a + (int) (a >> 32) & XmmOp.LOW;
    }

    /** PHSUBD. */
    static long subPairs32(long a) {
        return (int) a - (int) (a >> 32) & XmmOp.LOW;
    }

    /** PSHUFB of 8 bytes. */
    static long shuffle8(long a, long selectors) {
        long r = 0;
        for (int i = 0; i < 8; i++) {
            int s = (int) (selectors >>> 8 * i);
            r |= (s & 0x80) != 0 ? 0 : (a >>> 8 * (s & 7) & 0xff) << 8 * i;
        }
        return r;
    }

    /** PSHUFW and its kin. */
    static long shuffle16(long a, int order) {
        return (a >>> 16 * (order & 3) & 0xffff)
                | (a >>> 16 * (order >> 2 & 3) & 0xffff) << 16
                | (a >>> 16 * (order >> 4 & 3) & 0xffff) << 32
                | a >>> 16 * (order >> 6 & 3) << 48;
    }

    /**
     * PMOVSX and PMOVZX: as many elements as fit into 8 bytes.
     *
     * @param from width of an element of a
     * @param to width of an element of the result
     */
    static long extend(long a, int from, int to, boolean signed) {
        long r = 0;
        for (int i = 0; i < 64 / to; i++) {
            long e = a << 64 - from * (i + 1);
            e = signed ? e >> 64 - from : e >>> 64 - from;
            r |= (to == 64 ? e : e & (1L << to) - 1) << to * i;
        }
        return r;
    }
}
