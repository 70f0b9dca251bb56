package org.interposer.engine.softcpu.op;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;

/** INC, DEC, NOT, NEG. */
final class UnaryOps {
    static final int INC = 0, DEC = 1, NOT = 2, NEG = 3;

    private UnaryOps() {}

    static Op make(Insn i, int kind, int size) {
        if (kind <= DEC && size >= 4 && !i.isMem) {
            return size == 8 ? new Step64(i, kind, i.rm) : new Step32(i, kind, i.rm);
        }
        return new Unary(i, kind, size);
    }

    /** 40–4F outside 64-bit mode. */
    static Op short32(Insn i) {
        int kind = i.low() >> 3 & 1;
        byte to = i.opcodeReg();
        return i.opSize == 4 ? new Step32(i, kind, to) : new Step16(i, kind, to);
    }

    private static final class Step64 extends Op {
        private final boolean up;
        private final byte to;

        Step64(Insn i, int kind, byte to) {
            super(i.off, i.length);
            up = kind == INC;
            this.to = to;
        }

        @Override
        public Op exec(Cpu c) {
            long[] r = c.r;
            r[to] = up ? Alu.inc(c, 8, r[to]) : Alu.dec(c, 8, r[to]);
            return ConditionalBranch.after(next, c);
        }
    }

    private static final class Step32 extends Op {
        private final boolean up;
        private final byte to;

        Step32(Insn i, int kind, byte to) {
            super(i.off, i.length);
            up = kind == INC;
            this.to = to;
        }

        @Override
        public Op exec(Cpu c) {
            long[] r = c.r;
            r[to] = (up ? Alu.inc(c, 4, r[to]) : Alu.dec(c, 4, r[to])) & 0xffff_ffffL;
            return ConditionalBranch.after(next, c);
        }
    }

    private static final class Step16 extends Op {
        private final boolean up;
        private final byte to;

        Step16(Insn i, int kind, byte to) {
            super(i.off, i.length);
            up = kind == INC;
            this.to = to;
        }

        @Override
        public Op exec(Cpu c) {
            long v = c.r[to];
            Regs.set(c.r, to, 2, up ? Alu.inc(c, 2, v) : Alu.dec(c, 2, v));
            return ConditionalBranch.after(next, c);
        }
    }

    private static final class Unary extends RmOp {
        private final byte kind;

        Unary(Insn i, int kind, int size) {
            super(i, size, true);
            this.kind = (byte) kind;
        }

        @Override
        protected long modify(Cpu c, long v) {
            return switch (kind) {
                case INC -> Alu.inc(c, size, v);
                case DEC -> Alu.dec(c, size, v);
                case NOT -> ~v;
                default -> Alu.apply(c, Alu.SUB, size, 0, v);
            };
        }

        @Override
        public Op exec(Cpu c) {
            update(c);
            return ConditionalBranch.after(next, c);
        }
    }
}
