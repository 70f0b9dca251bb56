package org.interposer.engine.softcpu.op;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;

/** CMP of 32 and 64 bits, a class for each form, so that each has machine code of its own. */
final class CmpOps {
    private CmpOps() {}

    /** The operation of a form. */
    static Op make(Insn i, AluForm form) {
        boolean wide = i.opSize == 8;
        return switch (form) {
            case REG_REG -> wide ? new RegReg64(i) : new RegReg32(i);
            case REG_IMM -> wide ? new RegImm64(i) : new RegImm32(i);
            case REG_MEM -> wide ? new RegMem64(i) : new RegMem32(i);
            case MEM_REG -> wide ? new MemReg64(i) : new MemReg32(i);
            case MEM_IMM -> wide ? new MemImm64(i) : new MemImm32(i);
        };
    }

    private static final class RegReg32 extends Op {
        private final byte to;
        private final byte from;

        RegReg32(Insn i) {
            super(i.off, i.length);
            to = AluForm.to(i);
            from = AluForm.from(i);
        }

        @Override
        public Op exec(Cpu c) {
            long[] r = c.r;
            Alu.sub32(c, (int) r[to], (int) r[from]);
            return ConditionalBranch.after(next, c);
        }
    }

    private static final class RegImm32 extends Op {
        private final byte to;
        private final int imm;

        RegImm32(Insn i) {
            super(i.off, i.length);
            to = AluForm.immTo(i);
            imm = (int) i.imm;
        }

        @Override
        public Op exec(Cpu c) {
            long[] r = c.r;
            Alu.sub32(c, (int) r[to], imm);
            return ConditionalBranch.after(next, c);
        }
    }

    private static final class RegMem32 extends MemOp {
        private final byte to;

        RegMem32(Insn i) {
            super(i, 4, false);
            to = i.reg;
        }

        @Override
        public Op exec(Cpu c) {
            int b = c.ld32(ea(c));
            long[] r = c.r;
            Alu.sub32(c, (int) r[to], b);
            return ConditionalBranch.after(next, c);
        }
    }

    private static final class MemReg32 extends MemOp {
        private final byte from;

        MemReg32(Insn i) {
            super(i, 4, false);
            from = i.reg;
        }

        @Override
        public Op exec(Cpu c) {
            int a = c.ld32(ea(c));
            Alu.sub32(c, a, (int) c.r[from]);
            return ConditionalBranch.after(next, c);
        }
    }

    private static final class MemImm32 extends MemOp {
        private final int imm;

        MemImm32(Insn i) {
            super(i, 4, false);
            imm = (int) i.imm;
        }

        @Override
        public Op exec(Cpu c) {
            int a = c.ld32(ea(c));
            Alu.sub32(c, a, imm);
            return ConditionalBranch.after(next, c);
        }
    }

    private static final class RegReg64 extends Op {
        private final byte to;
        private final byte from;

        RegReg64(Insn i) {
            super(i.off, i.length);
            to = AluForm.to(i);
            from = AluForm.from(i);
        }

        @Override
        public Op exec(Cpu c) {
            long[] r = c.r;
            Alu.sub64(c, r[to], r[from]);
            return ConditionalBranch.after(next, c);
        }
    }

    private static final class RegImm64 extends Op {
        private final byte to;
        private final long imm;

        RegImm64(Insn i) {
            super(i.off, i.length);
            to = AluForm.immTo(i);
            imm = i.imm;
        }

        @Override
        public Op exec(Cpu c) {
            long[] r = c.r;
            Alu.sub64(c, r[to], imm);
            return ConditionalBranch.after(next, c);
        }
    }

    private static final class RegMem64 extends MemOp {
        private final byte to;

        RegMem64(Insn i) {
            super(i, 8, false);
            to = i.reg;
        }

        @Override
        public Op exec(Cpu c) {
            long b = c.ld64(ea(c));
            long[] r = c.r;
            Alu.sub64(c, r[to], b);
            return ConditionalBranch.after(next, c);
        }
    }

    private static final class MemReg64 extends MemOp {
        private final byte from;

        MemReg64(Insn i) {
            super(i, 8, false);
            from = i.reg;
        }

        @Override
        public Op exec(Cpu c) {
            long a = c.ld64(ea(c));
            Alu.sub64(c, a, c.r[from]);
            return ConditionalBranch.after(next, c);
        }
    }

    private static final class MemImm64 extends MemOp {
        private final long imm;

        MemImm64(Insn i) {
            super(i, 8, false);
            imm = i.imm;
        }

        @Override
        public Op exec(Cpu c) {
            long a = c.ld64(ea(c));
            Alu.sub64(c, a, imm);
            return ConditionalBranch.after(next, c);
        }
    }
}
