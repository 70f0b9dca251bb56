package org.interposer.engine.softcpu.op;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;

/** ADD … CMP and TEST: hot forms from their own classes, the rest by an operation of any size. */
final class AluOps {
    private AluOps() {}

    /** 00–3F: operation and form are in the opcode. */
    static Op make(Insn i) {
        int kind = i.low() >> 3;
        int form = i.low() & 7;
        int size = (form & 1) == 0 ? 1 : i.opSize;
        if (form >= 4) {
            return size >= 4 ? hot(i, kind, AluForm.REG_IMM) : new Immediate(i, kind, size);
        }
        if (size >= 4 && !i.lock) {
            return hot(i, kind, AluForm.ofModrm(i));
        }
        return form >= 2 ? new ToRegister(i, kind, size) : new ToOperand(i, kind, size);
    }

    /** 80–83: an operand and an immediate. */
    static Op immediate(Insn i, int size) {
        int kind = i.ext();
        if (size >= 4 && !i.lock) {
            return hot(i, kind, i.isMem ? AluForm.MEM_IMM : AluForm.REG_IMM);
        }
        return new Immediate(i, kind, size);
    }

    /** 84, 85. */
    static Op test(Insn i, int size) {
        return size >= 4 ? hot(i, Alu.TEST, AluForm.ofModrm(i)) : new ToOperand(i, Alu.TEST, size);
    }

    /** A8, A9, F6 /0, F7 /0. */
    static Op testImmediate(Insn i, int size) {
        if (size >= 4) {
            return hot(i, Alu.TEST, i.isMem ? AluForm.MEM_IMM : AluForm.REG_IMM);
        }
        return new Immediate(i, Alu.TEST, size);
    }

    private static Op hot(Insn i, int kind, AluForm form) {
        Arithmetic operation = Arithmetic.of(kind);
        return AluForms.make(i, new Calculation(operation, i.opSize == 8, writes(kind)), form);
    }

    private static boolean writes(int kind) {
        return kind < Alu.CMP;
    }

    private static final class ToRegister extends RmOp {
        private final byte kind;
        private final byte to;

        ToRegister(Insn i, int kind, int size) {
            super(i, size, false);
            this.kind = (byte) kind;
            to = Regs.number(i, i.reg, size);
        }

        @Override
        public Op exec(Cpu c) {
            long b = read(c);
            long v = Alu.apply(c, kind, size, Regs.get(c.r, to, size), b);
            if (writes(kind)) {
                Regs.set(c.r, to, size, v);
            }
            return ConditionalBranch.after(next, c);
        }
    }

    private static final class ToOperand extends RmOp {
        private final byte kind;
        private final byte from;

        ToOperand(Insn i, int kind, int size) {
            super(i, size, writes(kind));
            this.kind = (byte) kind;
            from = Regs.number(i, i.reg, size);
        }

        @Override
        protected long modify(Cpu c, long v) {
            return Alu.apply(c, kind, size, v, Regs.get(c.r, from, size));
        }

        @Override
        public Op exec(Cpu c) {
            if (writes(kind)) {
                update(c);
            } else {
                modify(c, read(c));
            }
            return ConditionalBranch.after(next, c);
        }
    }

    private static final class Immediate extends RmOp {
        private final byte kind;
        private final long imm;

        Immediate(Insn i, int kind, int size) {
            super(i, size, writes(kind));
            this.kind = (byte) kind;
            imm = i.imm;
        }

        @Override
        protected long modify(Cpu c, long v) {
            return Alu.apply(c, kind, size, v, imm);
        }

        @Override
        public Op exec(Cpu c) {
            if (writes(kind)) {
                update(c);
            } else {
                modify(c, read(c));
            }
            return ConditionalBranch.after(next, c);
        }
    }
}
