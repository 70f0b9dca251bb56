package org.interposer.engine.softcpu.op;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;

/** MOVZX, MOVSX, MOVSXD. */
final class ExtendOps {
    private ExtendOps() {}

    /** 0F B6, B7, BE, BF, and 63 in 64-bit mode: a smaller operand extended to the operand size. */
    static Op make(Insn i, int from, boolean signed) {
        if (i.opSize == 2) {
            return new ExtendNarrow(i, from, signed);
        }
        boolean wide = i.opSize == 8;
        if (i.isMem) {
            return switch (from) {
                case 1 -> signed ? new LoadSigned8(i, wide) : new LoadUnsigned8(i);
                case 2 -> signed ? new LoadSigned16(i, wide) : new LoadUnsigned16(i);
                default -> signed && wide ? new LoadSigned32(i) : MoveOps.load(i, 4);
            };
        }
        byte register = Regs.number(i, i.rm, from);
        if (from == 4 && !(signed && wide)) {
            return MoveOps.registers(i, i.reg, i.rm, 4);
        }
        return register >= 16
                ? new ExtendHigh(i, (byte) (register - 16), signed, wide)
                : new Extend(i, register, from, signed, wide);
    }

    private static final class LoadUnsigned8 extends MemOp {
        private final byte to;

        LoadUnsigned8(Insn i) {
            super(i, 1, false);
            to = i.reg;
        }

        @Override
        public Op exec(Cpu c) {
            c.r[to] = c.ld8(ea(c));
            return next;
        }
    }

    private static final class LoadUnsigned16 extends MemOp {
        private final byte to;

        LoadUnsigned16(Insn i) {
            super(i, 2, false);
            to = i.reg;
        }

        @Override
        public Op exec(Cpu c) {
            c.r[to] = c.ld16(ea(c));
            return next;
        }
    }

    private static final class LoadSigned32 extends MemOp {
        private final byte to;

        LoadSigned32(Insn i) {
            super(i, 4, false);
            to = i.reg;
        }

        @Override
        public Op exec(Cpu c) {
            c.r[to] = c.ld32(ea(c));
            return next;
        }
    }

    private static final class LoadSigned8 extends MemOp {
        private final byte to;
        private final long mask;

        LoadSigned8(Insn i, boolean wide) {
            super(i, 1, false);
            to = i.reg;
            mask = wide ? -1L : 0xffff_ffffL;
        }

        @Override
        public Op exec(Cpu c) {
            c.r[to] = (byte) c.ld8(ea(c)) & mask;
            return next;
        }
    }

    private static final class LoadSigned16 extends MemOp {
        private final byte to;
        private final long mask;

        LoadSigned16(Insn i, boolean wide) {
            super(i, 2, false);
            to = i.reg;
            mask = wide ? -1L : 0xffff_ffffL;
        }

        @Override
        public Op exec(Cpu c) {
            c.r[to] = (short) c.ld16(ea(c)) & mask;
            return next;
        }
    }

    private static final class Extend extends Op {
        private final byte to;
        private final byte from;
        private final byte unused;
        private final boolean signed;
        private final long mask;

        Extend(Insn i, byte from, int size, boolean signed, boolean wide) {
            super(i.off, i.length);
            to = i.reg;
            this.from = from;
            unused = (byte) (64 - size * 8);
            this.signed = signed;
            mask = wide ? -1L : 0xffff_ffffL;
        }

        @Override
        public Op exec(Cpu c) {
            long v = c.r[from] << unused;
            c.r[to] = (signed ? v >> unused : v >>> unused) & mask;
            return next;
        }
    }

    private static final class ExtendHigh extends Op {
        private final byte to;
        private final byte from;
        private final boolean signed;
        private final long mask;

        ExtendHigh(Insn i, byte from, boolean signed, boolean wide) {
            super(i.off, i.length);
            to = i.reg;
            this.from = from;
            this.signed = signed;
            mask = wide ? -1L : 0xffff_ffffL;
        }

        @Override
        public Op exec(Cpu c) {
            long v = c.r[from] >> 8;
            c.r[to] = (signed ? (byte) v : v & 0xff) & mask;
            return next;
        }
    }

    private static final class ExtendNarrow extends RmOp {
        private final byte to;
        private final boolean signed;

        ExtendNarrow(Insn i, int from, boolean signed) {
            super(i, from, false);
            to = i.reg;
            this.signed = signed;
        }

        @Override
        public Op exec(Cpu c) {
            long v = read(c);
            Regs.set(c.r, to, 2, signed ? Alu.extend(size, v) : v);
            return next;
        }
    }
}
