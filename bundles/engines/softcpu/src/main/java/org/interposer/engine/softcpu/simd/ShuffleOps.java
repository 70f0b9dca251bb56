package org.interposer.engine.softcpu.simd;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;

/**
 * Operations that move elements between the halves: unpack, pack, shuffle, blend, align, extend.
 */
final class ShuffleOps {
    private ShuffleOps() {}

    /** From the registers at the slots d and s, which may be the same, to that at d. */
    @FunctionalInterface
    interface Whole {
        void apply(long[] x, int d, int s, int immediate);
    }

    /** Two low halves of longs to a long. */
    @FunctionalInterface
    interface Interleave {
        long of(long a, long b);
    }

    /** A long to the low 32 bits. */
    @FunctionalInterface
    interface Narrow {
        long of(long a);
    }

    /** MMX with an immediate. */
    @FunctionalInterface
    interface MmxLane {
        long of(long a, long b, int immediate);
    }

    static void fill(Table t) {
        unpack(t, 0x160, 0x168, Swar::interleave8);
        unpack(t, 0x161, 0x169, Swar::interleave16);
        unpack(t, 0x162, 0x16a, Swar::interleave32);
        whole(t, Table.NONE, 0x114, (x, d, s, n) -> low(x, d, s, Swar::interleave32));
        whole(t, Table.NONE, 0x115, (x, d, s, n) -> high(x, d, s, Swar::interleave32));
        whole(t, Table.P66, 0x114, (x, d, s, n) -> x[d + 1] = x[s]);
        whole(t, Table.P66, 0x115, ShuffleOps::unpackHigh);
        whole(t, Table.P66, 0x16d, ShuffleOps::unpackHigh);
        narrow(t, 0x163, Elements::packSigned16);
        narrow(t, 0x167, Elements::packUnsigned16);
        narrow(t, 0x16b, Elements::packSigned32);
        whole(t, Table.P66, 0x22b, (x, d, s, n) -> narrow(x, d, s, Elements::packUnsigned32));
        narrow(t, 0x201, Elements::addPairs16);
        narrow(t, 0x202, Elements::addPairs32);
        narrow(t, 0x203, Elements::addPairsSaturated16);
        narrow(t, 0x205, Elements::subPairs16);
        narrow(t, 0x206, Elements::subPairs32);
        narrow(t, 0x207, Elements::subPairsSaturated16);
        shuffles(t);
        blends(t);
        extend(t, 0x220);
        extend(t, 0x230);
        t.add(Table.F2, 0x112, i -> new Duplicate(i));
    }

    private static void whole(Table t, int prefix, int opcode, Whole whole) {
        t.add(prefix, opcode, i -> new XmmWhole(i, whole));
    }

    private static void mmx(Table t, int opcode, int bytes, MmxLane lane) {
        t.add(Table.NONE, opcode, i -> new MmxWhole(i, bytes, lane));
    }

    private static void unpack(Table t, int lowOpcode, int highOpcode, Interleave f) {
        whole(t, Table.P66, lowOpcode, (x, d, s, n) -> low(x, d, s, f));
        whole(t, Table.P66, highOpcode, (x, d, s, n) -> high(x, d, s, f));
        mmx(t, lowOpcode, 4, (a, b, n) -> f.of(a, b));
        mmx(t, highOpcode, 8, (a, b, n) -> f.of(a >>> 32, b >>> 32));
    }

    private static void low(long[] x, int d, int s, Interleave f) {
        long a = x[d];
        long b = x[s];
        x[d] = f.of(a, b);
        x[d + 1] = f.of(a >>> 32, b >>> 32);
    }

    private static void high(long[] x, int d, int s, Interleave f) {
        long a = x[d + 1];
        long b = x[s + 1];
        x[d] = f.of(a, b);
        x[d + 1] = f.of(a >>> 32, b >>> 32);
    }

    private static void unpackHigh(long[] x, int d, int s, int immediate) {
        x[d] = x[d + 1];
        x[d + 1] = x[s + 1];
    }

    private static void narrow(Table t, int opcode, Narrow f) {
        whole(t, Table.P66, opcode, (x, d, s, n) -> narrow(x, d, s, f));
        mmx(t, opcode, 8, (a, b, n) -> f.of(a) | f.of(b) << 32);
    }

    private static void narrow(long[] x, int d, int s, Narrow f) {
        long b = f.of(x[s]) | f.of(x[s + 1]) << 32;
        x[d] = f.of(x[d]) | f.of(x[d + 1]) << 32;
        x[d + 1] = b;
    }

    private static void shuffles(Table t) {
        mmx(t, 0x170, 8, (a, b, n) -> Elements.shuffle16(b, n)); // PSHUFW
        whole(
                t,
                Table.F2,
                0x170,
                (x, d, s, n) -> halves(x, d, Elements.shuffle16(x[s], n), x[s + 1]));
        whole(
                t,
                Table.F3,
                0x170,
                (x, d, s, n) -> halves(x, d, x[s], Elements.shuffle16(x[s + 1], n)));
        mmx(t, 0x200, 8, (a, b, n) -> Elements.shuffle8(a, b)); // PSHUFB
        whole(t, Table.P66, 0x200, ShuffleOps::shuffleBytes);
        whole(t, Table.NONE, 0x1c6, ShuffleOps::shuffleSingles);
        whole(
                t,
                Table.P66,
                0x1c6,
                (x, d, s, n) -> halves(x, d, x[d + (n & 1)], x[s + (n >> 1 & 1)]));
        whole(t, Table.F3, 0x112, (x, d, s, n) -> halves(x, d, twice(x[s]), twice(x[s + 1])));
        whole(
                t,
                Table.F3,
                0x116,
                (x, d, s, n) -> halves(x, d, twice(x[s] >>> 32), twice(x[s + 1] >>> 32)));
        mmx(t, 0x30f, 8, (a, b, n) -> aligned(b, a, 0, 0, n, 16)); // PALIGNR
        whole(t, Table.P66, 0x30f, ShuffleOps::align);
    }

    private static void halves(long[] x, int d, long low, long high) {
        x[d] = low;
        x[d + 1] = high;
    }

    private static long twice(long a) {
        return a & XmmOp.LOW | a << 32;
    }

    private static void shuffleBytes(long[] x, int d, int s, int immediate) {
        long low = shuffled(x, d, x[s]);
        x[d + 1] = shuffled(x, d, x[s + 1]);
        x[d] = low;
    }

    private static long shuffled(long[] x, int d, long selectors) {
        long r = 0;
        for (int i = 0; i < 64; i += 8) {
            int n = (int) (selectors >>> i);
            r |= (n & 0x80) != 0 ? 0 : (x[d + (n >> 3 & 1)] >>> 8 * (n & 7) & 0xff) << i;
        }
        return r;
    }

    /** SHUFPS. */
    private static void shuffleSingles(long[] x, int d, int s, int n) {
        long low = LogicOps.dword(x, d, n) | LogicOps.dword(x, d, n >> 2) << 32;
        x[d + 1] = LogicOps.dword(x, s, n >> 4) | LogicOps.dword(x, s, n >> 6) << 32;
        x[d] = low;
    }

    private static void align(long[] x, int d, int s, int n) {
        long a = x[s];
        long b = x[s + 1];
        long low = aligned(a, b, x[d], x[d + 1], n, 32);
        long high = aligned(a, b, x[d], x[d + 1], n + 8, 32);
        halves(x, d, low, high);
    }

    /** 8 bytes from byte n on of up to 4 longs, of which the first {@code bytes} count. */
    private static long aligned(long a, long b, long c, long d, int n, int bytes) {
        if (n >= bytes) {
            return 0;
        }
        int i = n >> 3;
        long first = i == 0 ? a : i == 1 ? b : i == 2 ? c : d;
        if ((n & 7) == 0) {
            return first;
        }
        long second = i == 0 ? b : i == 1 ? c : i == 2 ? d : 0;
        return first >>> 8 * (n & 7) | second << 64 - 8 * (n & 7);
    }

    private static void blends(Table t) {
        whole(t, Table.P66, 0x30c, (x, d, s, n) -> blend(x, d, s, pairMask(n), pairMask(n >> 2)));
        whole(t, Table.P66, 0x30d, (x, d, s, n) -> blend(x, d, s, -(n & 1L), -(n >> 1 & 1L)));
        whole(t, Table.P66, 0x30e, (x, d, s, n) -> blend(x, d, s, wordMask(n), wordMask(n >> 4)));
        // The mask is XMM0.
        whole(
                t,
                Table.P66,
                0x210,
                (x, d, s, n) ->
                        blend(
                                x,
                                d,
                                s,
                                Swar.spread(x[0] & Swar.H8, 8),
                                Swar.spread(x[1] & Swar.H8, 8)));
        whole(
                t,
                Table.P66,
                0x214,
                (x, d, s, n) ->
                        blend(
                                x,
                                d,
                                s,
                                Swar.spread(x[0] & Swar.H32, 32),
                                Swar.spread(x[1] & Swar.H32, 32)));
        whole(t, Table.P66, 0x215, (x, d, s, n) -> blend(x, d, s, x[0] >> 63, x[1] >> 63));
    }

    private static long pairMask(int n) {
        return Swar.pair(-(n & 1), -(n >> 1 & 1));
    }

    private static long wordMask(int n) {
        long m = 0;
        for (int i = 0; i < 4; i++) {
            m |= (n >> i & 1) != 0 ? 0xffffL << 16 * i : 0;
        }
        return m;
    }

    private static void blend(long[] x, int d, int s, long lowMask, long highMask) {
        x[d] ^= (x[d] ^ x[s]) & lowMask;
        x[d + 1] ^= (x[d + 1] ^ x[s + 1]) & highMask;
    }

    /** PMOVSX and PMOVZX: BW BD BQ WD WQ DQ. */
    private static void extend(Table t, int first) {
        int[][] widths = {{8, 16}, {8, 32}, {8, 64}, {16, 32}, {16, 64}, {32, 64}};
        for (int k = 0; k < widths.length; k++) {
            int from = widths[k][0];
            int to = widths[k][1];
            t.add(Table.P66, first + k, i -> new Extend(i, from, to, first == 0x220));
        }
    }

    private static final class XmmWhole extends XmmOp {
        private final Whole whole;
        private final int immediate;

        XmmWhole(Insn i, Whole whole) {
            super(i);
            this.whole = whole;
            immediate = (int) i.imm & 0xff;
        }

        @Override
        public Op exec(Cpu c) {
            int s = source(c);
            whole.apply(c.xmm, d, s, immediate);
            return next;
        }
    }

    private static final class MmxWhole extends MmxOp {
        private final MmxLane lane;
        private final int immediate;

        MmxWhole(Insn i, int bytes, MmxLane lane) {
            super(i, bytes, false);
            this.lane = lane;
            immediate = (int) i.imm & 0xff;
        }

        @Override
        public Op exec(Cpu c) {
            long b = source(c);
            c.x87.setMmx(d, lane.of(c.x87.mmx(d), b, immediate));
            return next;
        }
    }

    /** MOVDDUP. */
    private static final class Duplicate extends XmmOp {
        Duplicate(Insn i) {
            super(i, 8);
        }

        @Override
        public Op exec(Cpu c) {
            long v = source8(c);
            halves(c.xmm, d, v, v);
            return next;
        }
    }

    private static final class Extend extends XmmOp {
        private final int from;
        private final int to;
        private final boolean signed;
        private final int size;

        Extend(Insn i, int from, int to, boolean signed) {
            super(i, 16 * from / to);
            this.from = from;
            this.to = to;
            this.signed = signed;
            size = 16 * from / to;
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            long v = mem ? c.ld(ea(c), size) : c.xmm[rm];
            long low = Elements.extend(v, from, to, signed);
            long high = Elements.extend(v >>> 64 / to * from, from, to, signed);
            halves(c.xmm, d, low, high);
            return next;
        }
    }
}
