package org.interposer.engine.softcpu.op;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;
import org.interposer.engine.softcpu.mem.Host;

/** SBB of 32 and 64 bits, a class for each form, so that each has machine code of its own. */
final class SbbOps {
    private SbbOps() {}

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
            r[to] = Alu.sbb32(c, (int) r[to], (int) r[from]) & 0xffff_ffffL;
            return next;
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
            r[to] = Alu.sbb32(c, (int) r[to], imm) & 0xffff_ffffL;
            return next;
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
            r[to] = Alu.sbb32(c, (int) r[to], b) & 0xffff_ffffL;
            return next;
        }
    }

    private static final class MemReg32 extends MemOp {
        private final byte from;

        MemReg32(Insn i) {
            super(i, 4, true);
            from = i.reg;
        }

        @Override
        public Op exec(Cpu c) {
            long va = ea(c);
            int b = (int) c.r[from];
            long host = c.writable(va, 4);
            if (host != 0) {
                Host.put32(host, Alu.sbb32(c, Host.get32(host), b));
            } else {
                int a = (int) c.mmu.loadForWrite(va, 4);
                c.st32(va, Alu.sbb32(c, a, b));
            }
            return next;
        }
    }

    private static final class MemImm32 extends MemOp {
        private final int imm;

        MemImm32(Insn i) {
            super(i, 4, true);
            imm = (int) i.imm;
        }

        @Override
        public Op exec(Cpu c) {
            long va = ea(c);
            int b = imm;
            long host = c.writable(va, 4);
            if (host != 0) {
                Host.put32(host, Alu.sbb32(c, Host.get32(host), b));
            } else {
                int a = (int) c.mmu.loadForWrite(va, 4);
                c.st32(va, Alu.sbb32(c, a, b));
            }
            return next;
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
            r[to] = Alu.sbb64(c, r[to], r[from]);
            return next;
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
            r[to] = Alu.sbb64(c, r[to], imm);
            return next;
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
            r[to] = Alu.sbb64(c, r[to], b);
            return next;
        }
    }

    private static final class MemReg64 extends MemOp {
        private final byte from;

        MemReg64(Insn i) {
            super(i, 8, true);
            from = i.reg;
        }

        @Override
        public Op exec(Cpu c) {
            long va = ea(c);
            long b = c.r[from];
            long host = c.writable(va, 8);
            if (host != 0) {
                Host.put64(host, Alu.sbb64(c, Host.get64(host), b));
            } else {
                long a = c.mmu.loadForWrite(va, 8);
                c.st64(va, Alu.sbb64(c, a, b));
            }
            return next;
        }
    }

    private static final class MemImm64 extends MemOp {
        private final long imm;

        MemImm64(Insn i) {
            super(i, 8, true);
            imm = i.imm;
        }

        @Override
        public Op exec(Cpu c) {
            long va = ea(c);
            long b = imm;
            long host = c.writable(va, 8);
            if (host != 0) {
                Host.put64(host, Alu.sbb64(c, Host.get64(host), b));
            } else {
                long a = c.mmu.loadForWrite(va, 8);
                c.st64(va, Alu.sbb64(c, a, b));
            }
            return next;
        }
    }
}
