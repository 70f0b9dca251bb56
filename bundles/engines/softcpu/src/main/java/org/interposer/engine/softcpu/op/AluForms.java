package org.interposer.engine.softcpu.op;

import java.lang.invoke.MethodHandles;
import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.cpu.OpCopies;
import org.interposer.engine.softcpu.decode.Insn;
import org.interposer.engine.softcpu.mem.Host;

/**
 * The two-operand arithmetic of 32 and 64 bits, ADD to TEST: a class for each form, of which each
 * operation of each size has a copy.
 */
final class AluForms {
    private static final OpCopies<Calculation> REG_REG = new OpCopies<>(RegReg.class);
    private static final OpCopies<Calculation> REG_IMM = new OpCopies<>(RegImm.class);
    private static final OpCopies<Calculation> REG_MEM = new OpCopies<>(RegMem.class);
    private static final OpCopies<Calculation> MEM_REG = new OpCopies<>(MemReg.class);
    private static final OpCopies<Calculation> MEM_IMM = new OpCopies<>(MemImm.class);
    static final long LOW = 0xffff_ffffL;

    private AluForms() {}

    /** The operation of a form. */
    static Op make(Insn i, Calculation calculation, AluForm form) {
        return switch (form) {
            case REG_REG -> REG_REG.make(calculation, i);
            case REG_IMM -> REG_IMM.make(calculation, i);
            case REG_MEM -> REG_MEM.make(calculation, i);
            case MEM_REG -> MEM_REG.make(calculation, i);
            case MEM_IMM -> MEM_IMM.make(calculation, i);
        };
    }

    static final class RegReg extends Op {
        private static final Calculation DOES =
                OpCopies.calculation(MethodHandles.lookup(), Calculation.class);
        private static final Arithmetic OPERATION = DOES.operation();
        private static final boolean WIDE = DOES.wide(), WRITES = DOES.writes();

        private final byte to;
        private final byte from;

        RegReg(Insn i) {
            super(i.off, i.length);
            to = AluForm.to(i);
            from = AluForm.from(i);
        }

        @Override
        public Op exec(Cpu c) {
            long[] r = c.r;
            long v =
                    WIDE
                            ? OPERATION.of(c, r[to], r[from])
                            : OPERATION.of(c, (int) r[to], (int) r[from]) & LOW;
            if (WRITES) {
                r[to] = v;
            }
            return ConditionalBranch.after(next, c);
        }
    }

    static final class RegImm extends Op {
        private static final Calculation DOES =
                OpCopies.calculation(MethodHandles.lookup(), Calculation.class);
        private static final Arithmetic OPERATION = DOES.operation();
        private static final boolean WIDE = DOES.wide(), WRITES = DOES.writes();

        private final byte to;
        private final int imm;

        RegImm(Insn i) {
            super(i.off, i.length);
            to = AluForm.immTo(i);
            imm = (int) i.imm;
        }

        @Override
        public Op exec(Cpu c) {
            long[] r = c.r;
            long v =
                    WIDE
                            ? OPERATION.of(c, r[to], (long) imm)
                            : OPERATION.of(c, (int) r[to], imm) & LOW;
            if (WRITES) {
                r[to] = v;
            }
            return ConditionalBranch.after(next, c);
        }
    }

    static final class RegMem extends MemOp {
        private static final Calculation DOES =
                OpCopies.calculation(MethodHandles.lookup(), Calculation.class);
        private static final Arithmetic OPERATION = DOES.operation();
        private static final boolean WIDE = DOES.wide(), WRITES = DOES.writes();

        private final byte to;

        RegMem(Insn i) {
            super(i, DOES.size(), false);
            to = i.reg;
        }

        @Override
        public Op exec(Cpu c) {
            long va = ea(c);
            long[] r = c.r;
            long v =
                    WIDE
                            ? OPERATION.of(c, r[to], c.ld64(va))
                            : OPERATION.of(c, (int) r[to], c.ld32(va)) & LOW;
            if (WRITES) {
                r[to] = v;
            }
            return ConditionalBranch.after(next, c);
        }
    }

    static final class MemReg extends MemOp {
        private static final Calculation DOES =
                OpCopies.calculation(MethodHandles.lookup(), Calculation.class);
        private static final Arithmetic OPERATION = DOES.operation();
        private static final boolean WIDE = DOES.wide(), WRITES = DOES.writes();

        private final byte from;

        MemReg(Insn i) {
            super(i, DOES.size(), WRITES);
            from = i.reg;
        }

        @Override
        public Op exec(Cpu c) {
            long va = ea(c);
            long b = c.r[from];
            if (WIDE) {
                with64(c, OPERATION, WRITES, va, b);
            } else {
                with32(c, OPERATION, WRITES, va, (int) b);
            }
            return ConditionalBranch.after(next, c);
        }
    }

    static final class MemImm extends MemOp {
        private static final Calculation DOES =
                OpCopies.calculation(MethodHandles.lookup(), Calculation.class);
        private static final Arithmetic OPERATION = DOES.operation();
        private static final boolean WIDE = DOES.wide(), WRITES = DOES.writes();

        private final int imm;

        MemImm(Insn i) {
            super(i, DOES.size(), WRITES);
            imm = (int) i.imm;
        }

        @Override
        public Op exec(Cpu c) {
            long va = ea(c);
            if (WIDE) {
                with64(c, OPERATION, WRITES, va, imm);
            } else {
                with32(c, OPERATION, WRITES, va, imm);
            }
            return ConditionalBranch.after(next, c);
        }
    }

    static void with64(Cpu c, Arithmetic operation, boolean writes, long va, long b) {
        if (!writes) {
            operation.of(c, c.ld64(va), b);
            return;
        }
        long host = c.writable(va, 8);
        if (host != 0) {
            Host.put64(host, operation.of(c, Host.get64(host), b));
        } else {
            long a = c.mmu.loadForWrite(va, 8);
            c.st64(va, operation.of(c, a, b));
        }
    }

    static void with32(Cpu c, Arithmetic operation, boolean writes, long va, int b) {
        if (!writes) {
            operation.of(c, c.ld32(va), b);
            return;
        }
        long host = c.writable(va, 4);
        if (host != 0) {
            Host.put32(host, operation.of(c, Host.get32(host), b));
        } else {
            int a = (int) c.mmu.loadForWrite(va, 4);
            c.st32(va, operation.of(c, a, b));
        }
    }
}
