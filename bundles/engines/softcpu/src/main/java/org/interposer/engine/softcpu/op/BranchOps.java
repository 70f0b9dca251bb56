package org.interposer.engine.softcpu.op;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Flags;
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
        return switch (condition) {
            case 2 -> new IfBelow(i);
            case 3 -> new IfNotBelow(i);
            case 4 -> new IfZero(i);
            case 5 -> new IfNotZero(i);
            case 6 -> new IfBelowOrEqual(i);
            case 7 -> new IfAbove(i);
            case 8 -> new IfSign(i);
            case 9 -> new IfNotSign(i);
            case 12 -> new IfLess(i);
            case 13 -> new IfNotLess(i);
            case 14 -> new IfLessOrEqual(i);
            case 15 -> new IfGreater(i);
            default -> new If(i, condition);
        };
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
            return taken;
        }
    }

    private static final class If extends Branch {
        private final int condition;

        If(Insn i, int condition) {
            super(i);
            this.condition = condition;
        }

        @Override
        public Op exec(Cpu c) {
            return Flags.condition(c, condition) ? taken : next;
        }
    }

    private static final class IfBelow extends Branch {
        IfBelow(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            return c.fc < 0 ? taken : next;
        }
    }

    private static final class IfNotBelow extends Branch {
        IfNotBelow(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            return c.fc >= 0 ? taken : next;
        }
    }

    private static final class IfZero extends Branch {
        IfZero(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            return c.fr == 0 ? taken : next;
        }
    }

    private static final class IfNotZero extends Branch {
        IfNotZero(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            return c.fr != 0 ? taken : next;
        }
    }

    private static final class IfBelowOrEqual extends Branch {
        IfBelowOrEqual(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            return c.fc < 0 || c.fr == 0 ? taken : next;
        }
    }

    private static final class IfAbove extends Branch {
        IfAbove(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            return c.fc >= 0 && c.fr != 0 ? taken : next;
        }
    }

    private static final class IfSign extends Branch {
        IfSign(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            return Flags.sf(c) ? taken : next;
        }
    }

    private static final class IfNotSign extends Branch {
        IfNotSign(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            return Flags.sf(c) ? next : taken;
        }
    }

    private static final class IfLess extends Branch {
        IfLess(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            return Flags.less(c) ? taken : next;
        }
    }

    private static final class IfNotLess extends Branch {
        IfNotLess(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            return Flags.less(c) ? next : taken;
        }
    }

    private static final class IfLessOrEqual extends Branch {
        IfLessOrEqual(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            return c.fr == 0 || Flags.less(c) ? taken : next;
        }
    }

    private static final class IfGreater extends Branch {
        IfGreater(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            return c.fr == 0 || Flags.less(c) ? next : taken;
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
                return counter == 0 ? taken : next;
            }
            long left = counter - 1;
            Regs.set(c.r, Cpu.RCX, size, left);
            boolean goes = Regs.get(c.r, Cpu.RCX, size) != 0;
            goes &= kind != UNLESS_ZERO || c.fr != 0;
            goes &= kind != IF_ZERO || c.fr == 0;
            return goes ? taken : next;
        }
    }
}
