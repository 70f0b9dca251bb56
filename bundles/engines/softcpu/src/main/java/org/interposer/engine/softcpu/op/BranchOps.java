package org.interposer.engine.softcpu.op;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;

/** Near branches: JMP, Jcc, LOOP, JCXZ. */
final class BranchOps {
    private BranchOps() {}

    static Op jump(Insn i) {
        return new Jump(i);
    }

    /** Jcc by the number of its condition. */
    static Op conditional(Insn i, int condition) {
        return new ConditionalBranch(i, condition);
    }

    /** E0–E3: LOOPNE, LOOPE, LOOP, JCXZ, with the counter that the address size names. */
    static Op loop(Insn i) {
        return new Loop(i);
    }

    private static final class Jump extends Branch {
        Jump(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            return taken(c);
        }
    }

    private static final class Loop extends Branch {
        private static final int UNLESS_ZERO = 0, IF_ZERO = 1, NO_COUNTER = 3;
        private static final int REPNE = 0xf2;

        private final int kind;
        private final int size;

        Loop(Insn i) {
            super(i);
            kind = kind(i);
            size = i.addrSize;
        }

        /** A repeat prefix decides the condition, as seen on a processor; the SDM reserves it. */
        private static int kind(Insn i) {
            int kind = i.opcode & 3;
            if (kind > IF_ZERO || i.rep == 0) {
                return kind;
            }
            return i.rep == REPNE ? UNLESS_ZERO : IF_ZERO;
        }

        @Override
        public Op exec(Cpu c) {
            long counter = Regs.get(c.r, Cpu.RCX, size);
            if (kind == NO_COUNTER) {
                return counter == 0 ? taken(c) : next;
            }
            long left = counter - 1;
            Regs.set(c.r, Cpu.RCX, size, left);
            boolean goes = Regs.get(c.r, Cpu.RCX, size) != 0;
            goes &= kind != UNLESS_ZERO || c.fr != 0;
            goes &= kind != IF_ZERO || c.fr == 0;
            return goes ? taken(c) : next;
        }
    }
}
