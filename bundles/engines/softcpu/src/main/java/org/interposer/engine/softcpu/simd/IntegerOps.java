package org.interposer.engine.softcpu.simd;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.cpu.UndefinedOp;
import org.interposer.engine.softcpu.decode.Insn;

/** Packed integer operations on each 8 bytes alone, of MMX and XMM registers. */
final class IntegerOps {
    private static final long H8 = Swar.H8, H16 = Swar.H16, H32 = Swar.H32;

    private IntegerOps() {}

    /** The destination's and the source's 8 bytes to those of the result. */
    @FunctionalInterface
    interface Lane {
        long of(long a, long b);
    }

    /** A shift by a count. */
    @FunctionalInterface
    interface Shift {
        long of(long a, long count);
    }

    static void fill(Table t) {
        fillMmxOnly(t);
        saturated(t);
        sums(t);
        products(t);
        compares(t);
        ssse3(t);
        sse41(t);
        shifts(t);
    }

    private static void both(Table t, int opcode, Lane lane) {
        t.add(Table.NONE, opcode, i -> new MmxLane(i, lane));
        t.add(Table.P66, opcode, i -> new XmmLane(i, lane));
    }

    private static void xmm(Table t, int opcode, Lane lane) {
        t.add(Table.P66, opcode, i -> new XmmLane(i, lane));
    }

    private static void mmx(Table t, int opcode, Lane lane) {
        t.add(Table.NONE, opcode, i -> new MmxLane(i, lane));
    }

    /** Whose XMM forms are in {@link LogicOps}. */
    private static void fillMmxOnly(Table t) {
        mmx(t, 0x1db, (a, b) -> a & b);
        mmx(t, 0x1df, (a, b) -> ~a & b);
        mmx(t, 0x1eb, (a, b) -> a | b);
        mmx(t, 0x1ef, (a, b) -> a ^ b);
        mmx(t, 0x174, (a, b) -> Swar.equal(a, b, H8, 8));
        mmx(t, 0x176, (a, b) -> Swar.equal(a, b, H32, 32));
        mmx(t, 0x1da, (a, b) -> Swar.minUnsigned(a, b, H8, 8));
        mmx(t, 0x1f8, (a, b) -> Swar.sub(a, b, H8));
        mmx(t, 0x1d4, Long::sum);
        mmx(t, 0x1fe, (a, b) -> Swar.add(a, b, H32));
    }

    private static void saturated(Table t) {
        both(t, 0x1d8, (a, b) -> Swar.subUnsignedSaturated(a, b, H8, 8));
        both(t, 0x1d9, (a, b) -> Swar.subUnsignedSaturated(a, b, H16, 16));
        both(t, 0x1dc, (a, b) -> Swar.addUnsignedSaturated(a, b, H8, 8));
        both(t, 0x1dd, (a, b) -> Swar.addUnsignedSaturated(a, b, H16, 16));
        both(t, 0x1e8, (a, b) -> Swar.subSignedSaturated(a, b, H8, 8));
        both(t, 0x1e9, (a, b) -> Swar.subSignedSaturated(a, b, H16, 16));
        both(t, 0x1ec, (a, b) -> Swar.addSignedSaturated(a, b, H8, 8));
        both(t, 0x1ed, (a, b) -> Swar.addSignedSaturated(a, b, H16, 16));
    }

    private static void sums(Table t) {
        both(t, 0x1fc, (a, b) -> Swar.add(a, b, H8));
        both(t, 0x1fd, (a, b) -> Swar.add(a, b, H16));
        both(t, 0x1f9, (a, b) -> Swar.sub(a, b, H16));
        both(t, 0x1fa, (a, b) -> Swar.sub(a, b, H32));
        both(t, 0x1fb, (a, b) -> a - b);
        both(t, 0x1e0, Swar::average8);
        both(t, 0x1e3, Swar::average16);
        both(t, 0x1f6, Swar::sumOfDifferences);
    }

    private static void products(Table t) {
        both(t, 0x1d5, Elements::multiplyLow16);
        both(t, 0x1e5, Elements::multiplyHigh16);
        both(t, 0x1e4, Elements::multiplyHighUnsigned16);
        both(t, 0x1f4, Elements::multiplyUnsigned32);
        both(t, 0x1f5, Elements::multiplyAdd16);
    }

    private static void compares(Table t) {
        both(t, 0x175, (a, b) -> Swar.equal(a, b, H16, 16));
        both(t, 0x164, (a, b) -> Swar.greater(a, b, H8, 8));
        both(t, 0x165, (a, b) -> Swar.greater(a, b, H16, 16));
        both(t, 0x166, (a, b) -> Swar.greater(a, b, H32, 32));
        both(t, 0x1de, (a, b) -> Swar.maxUnsigned(a, b, H8, 8));
        both(t, 0x1ea, (a, b) -> Swar.minSigned(a, b, H16, 16));
        both(t, 0x1ee, (a, b) -> Swar.maxSigned(a, b, H16, 16));
    }

    private static void ssse3(Table t) {
        both(t, 0x204, Elements::multiplyAdd8);
        both(t, 0x208, (a, b) -> Elements.sign(a, b, H8, 8));
        both(t, 0x209, (a, b) -> Elements.sign(a, b, H16, 16));
        both(t, 0x20a, (a, b) -> Elements.sign(a, b, H32, 32));
        both(t, 0x20b, Elements::multiplyRounded16);
        both(t, 0x21c, (a, b) -> Elements.absolute(b, H8, 8));
        both(t, 0x21d, (a, b) -> Elements.absolute(b, H16, 16));
        both(t, 0x21e, (a, b) -> Elements.absolute(b, H32, 32));
    }

    private static void sse41(Table t) {
        xmm(t, 0x228, Elements::multiplySigned32);
        xmm(t, 0x229, Elements::equal64);
        xmm(t, 0x237, Elements::greater64);
        xmm(t, 0x238, (a, b) -> Swar.minSigned(a, b, H8, 8));
        xmm(t, 0x239, (a, b) -> Swar.minSigned(a, b, H32, 32));
        xmm(t, 0x23a, (a, b) -> Swar.minUnsigned(a, b, H16, 16));
        xmm(t, 0x23b, (a, b) -> Swar.minUnsigned(a, b, H32, 32));
        xmm(t, 0x23c, (a, b) -> Swar.maxSigned(a, b, H8, 8));
        xmm(t, 0x23d, (a, b) -> Swar.maxSigned(a, b, H32, 32));
        xmm(t, 0x23e, (a, b) -> Swar.maxUnsigned(a, b, H16, 16));
        xmm(t, 0x23f, (a, b) -> Swar.maxUnsigned(a, b, H32, 32));
        xmm(t, 0x240, Elements::multiplyLow32);
    }

    private static void shifts(Table t) {
        shift(t, 0x1d1, Swar::shiftRight16);
        shift(t, 0x1d2, Swar::shiftRight32);
        shift(t, 0x1d3, Swar::shiftRight64);
        shift(t, 0x1e1, Swar::shiftSigned16);
        shift(t, 0x1e2, Swar::shiftSigned32);
        shift(t, 0x1f1, Swar::shiftLeft16);
        shift(t, 0x1f2, Swar::shiftLeft32);
        shift(t, 0x1f3, Swar::shiftLeft64);
        Shift[] words = {Swar::shiftRight16, Swar::shiftSigned16, Swar::shiftLeft16};
        Shift[] dwords = {Swar::shiftRight32, Swar::shiftSigned32, Swar::shiftLeft32};
        Shift[] qwords = {Swar::shiftRight64, null, Swar::shiftLeft64};
        immediates(t, 0x171, words);
        immediates(t, 0x172, dwords);
        immediates(t, 0x173, qwords);
    }

    private static void shift(Table t, int opcode, Shift shift) {
        t.add(Table.NONE, opcode, i -> new MmxLane(i, shift::of));
        t.add(Table.P66, opcode, i -> new XmmShift(i, shift));
    }

    /** The extensions 2, 4 and 6 shift by an immediate; 3 and 7 of 73 by bytes. */
    private static void immediates(Table t, int opcode, Shift[] shifts) {
        t.addReg(
                Table.NONE,
                opcode,
                i -> {
                    Shift shift =
                            (i.ext() & 1) != 0 || i.ext() == 0 ? null : shifts[(i.ext() >> 1) - 1];
                    return shift == null ? new UndefinedOp(i) : new MmxShiftImmediate(i, shift);
                });
        t.addReg(
                Table.P66,
                opcode,
                i -> {
                    if (opcode == 0x173 && (i.ext() & 3) == 3) {
                        return new ShiftBytes(i, i.ext() == 7);
                    }
                    Shift shift =
                            (i.ext() & 1) != 0 || i.ext() == 0 ? null : shifts[(i.ext() >> 1) - 1];
                    return shift == null ? new UndefinedOp(i) : new XmmShiftImmediate(i, shift);
                });
    }

    private static final class MmxLane extends MmxOp {
        private final Lane lane;

        MmxLane(Insn i, Lane lane) {
            super(i);
            this.lane = lane;
        }

        @Override
        public Op exec(Cpu c) {
            long b = source(c);
            c.x87.setMmx(d, lane.of(c.x87.mmx(d), b));
            return next;
        }
    }

    private static final class XmmLane extends XmmOp {
        private final Lane lane;

        XmmLane(Insn i, Lane lane) {
            super(i);
            this.lane = lane;
        }

        @Override
        public Op exec(Cpu c) {
            int s = source(c);
            long[] x = c.xmm;
            x[d] = lane.of(x[d], x[s]);
            x[d + 1] = lane.of(x[d + 1], x[s + 1]);
            return next;
        }
    }

    /** The count is in the source's low half. */
    private static final class XmmShift extends XmmOp {
        private final Shift shift;

        XmmShift(Insn i, Shift shift) {
            super(i);
            this.shift = shift;
        }

        @Override
        public Op exec(Cpu c) {
            long count = c.xmm[source(c)];
            long[] x = c.xmm;
            x[d] = shift.of(x[d], count);
            x[d + 1] = shift.of(x[d + 1], count);
            return next;
        }
    }

    private static final class XmmShiftImmediate extends XmmOp {
        private final Shift shift;
        private final int count;

        XmmShiftImmediate(Insn i, Shift shift) {
            super(i);
            this.shift = shift;
            count = (int) i.imm & 0xff;
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            long[] x = c.xmm;
            x[rm] = shift.of(x[rm], count);
            x[rm + 1] = shift.of(x[rm + 1], count);
            return next;
        }
    }

    private static final class MmxShiftImmediate extends MmxOp {
        private final Shift shift;
        private final int count;

        MmxShiftImmediate(Insn i, Shift shift) {
            super(i);
            this.shift = shift;
            count = (int) i.imm & 0xff;
        }

        @Override
        public Op exec(Cpu c) {
            c.x87.setMmx(rm, shift.of(source(c), count));
            return next;
        }
    }

    /** PSRLDQ and PSLLDQ. */
    private static final class ShiftBytes extends XmmOp {
        private final boolean left;
        private final int bits;

        ShiftBytes(Insn i, boolean left) {
            super(i);
            this.left = left;
            bits = 8 * Math.min((int) i.imm & 0xff, 16);
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            long[] x = c.xmm;
            if (left) {
                long low = x[rm];
                x[rm] = Swar.shiftLeft64(low, bits);
                x[rm + 1] = Swar.shiftLeft64(x[rm + 1], bits) | (bits == 0 ? 0 : across(low, bits));
            } else {
                long high = x[rm + 1];
                x[rm + 1] = Swar.shiftRight64(high, bits);
                x[rm] = Swar.shiftRight64(x[rm], bits) | (bits == 0 ? 0 : back(high, bits));
            }
            return next;
        }

        private static long across(long low, int bits) {
            return bits < 64 ? low >>> 64 - bits : Swar.shiftLeft64(low, bits - 64);
        }

        private static long back(long high, int bits) {
            return bits < 64 ? high << 64 - bits : Swar.shiftRight64(high, bits - 64);
        }
    }
}
