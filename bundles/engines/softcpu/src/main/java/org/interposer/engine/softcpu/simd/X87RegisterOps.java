package org.interposer.engine.softcpu.simd;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Flags;
import org.interposer.engine.softcpu.cpu.GuestFault;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.cpu.UndefinedOp;
import org.interposer.engine.softcpu.decode.Insn;
import org.interposer.engine.softcpu.fp.X87;

/**
 * x87 instructions on registers. Opcodes that are reserved, but that processors have always
 * executed as others (D9D8, DCD0, DCD8, DDC8, DED0, DFC0, DFC8, DFD0, DFD8 and up), are those here,
 * too.
 */
final class X87RegisterOps {
    private static final int CONDITION_B = 2, CONDITION_E = 4, CONDITION_BE = 6, CONDITION_P = 10;

    private X87RegisterOps() {}

    /** What an instruction does with ST(i). */
    @FunctionalInterface
    interface Action {
        void run(Cpu c, X87 x, int i);
    }

    static Op make(Insn i) {
        int reg = i.ext();
        return switch (i.opcode) {
            case 0xd8 -> plain(i, arithmetic(reg));
            case 0xd9 -> d9(i, reg);
            case 0xda -> da(i, reg);
            case 0xdb -> db(i, reg);
            case 0xdc -> plain(i, reg == 2 || reg == 3 ? compare(reg - 2) : to(reg, false));
            case 0xdd -> dd(i, reg);
            case 0xde -> de(i, reg);
            default -> df(i, reg);
        };
    }

    private static Action arithmetic(int reg) {
        if (reg == 2 || reg == 3) {
            return compare(reg - 2);
        }
        return (c, x, n) -> x.arithmetic(reg, n);
    }

    private static Action compare(int pops) {
        return (c, x, n) -> x.fcom(n, false, pops);
    }

    private static Action to(int reg, boolean pop) {
        return (c, x, n) -> x.arithmeticTo(reg, n, pop);
    }

    private static Action moveIf(int condition) {
        return (c, x, n) -> x.fcmov(n, Flags.condition(c, condition));
    }

    private static Action compareFlags(boolean quiet, boolean pop) {
        return (c, x, n) -> Flags.setArithmetic(c, x.fcomi(n, quiet, pop));
    }

    private static Op plain(Insn i, Action action) {
        return new Plain(i, action);
    }

    private static Op only(Insn i, int rm, Action action) {
        return (i.modrm & 7) == rm ? new Plain(i, action) : new UndefinedOp(i);
    }

    private static Op d9(Insn i, int reg) {
        return switch (reg) {
            case 0 -> plain(i, (c, x, n) -> x.fld(n));
            case 1 -> plain(i, (c, x, n) -> x.fxch(n));
            case 2 -> only(i, 0, (c, x, n) -> {}); // FNOP
            case 3 -> plain(i, X87RegisterOps::storeAndPop);
            case 4 -> signs(i);
            case 5 ->
                    (i.modrm & 7) == 7
                            ? new UndefinedOp(i)
                            : plain(i, (c, x, n) -> x.fldConstant(n));
            case 6 -> functions(i);
            default -> moreFunctions(i);
        };
    }

    private static Op signs(Insn i) {
        return switch (i.modrm & 7) {
            case 0 -> plain(i, (c, x, n) -> x.fchs());
            case 1 -> plain(i, (c, x, n) -> x.fabs());
            case 4 -> plain(i, (c, x, n) -> x.ftst());
            case 5 -> plain(i, (c, x, n) -> x.fxam());
            default -> new UndefinedOp(i);
        };
    }

    private static Op functions(Insn i) {
        return switch (i.modrm & 7) {
            case 0 -> plain(i, (c, x, n) -> x.f2xm1());
            case 1 -> plain(i, (c, x, n) -> x.fyl2x());
            case 2 -> plain(i, (c, x, n) -> x.fptan());
            case 3 -> plain(i, (c, x, n) -> x.fpatan());
            case 4 -> plain(i, (c, x, n) -> x.fxtract());
            case 5 -> plain(i, (c, x, n) -> x.fprem(true));
            case 6 -> plain(i, (c, x, n) -> x.fdecstp());
            default -> plain(i, (c, x, n) -> x.fincstp());
        };
    }

    private static Op moreFunctions(Insn i) {
        return switch (i.modrm & 7) {
            case 0 -> plain(i, (c, x, n) -> x.fprem(false));
            case 1 -> plain(i, (c, x, n) -> x.fyl2xp1());
            case 2 -> plain(i, (c, x, n) -> x.fsqrt());
            case 3 -> plain(i, (c, x, n) -> x.fsincos());
            case 4 -> plain(i, (c, x, n) -> x.frndint());
            case 5 -> plain(i, (c, x, n) -> x.fscale());
            case 6 -> plain(i, (c, x, n) -> x.fsin());
            default -> plain(i, (c, x, n) -> x.fcos());
        };
    }

    private static Op da(Insn i, int reg) {
        return switch (reg) {
            case 0 -> plain(i, moveIf(CONDITION_B));
            case 1 -> plain(i, moveIf(CONDITION_E));
            case 2 -> plain(i, moveIf(CONDITION_BE));
            case 3 -> plain(i, moveIf(CONDITION_P));
            case 5 -> only(i, 1, (c, x, n) -> x.fcom(1, true, 2)); // FUCOMPP
            default -> new UndefinedOp(i);
        };
    }

    private static Op db(Insn i, int reg) {
        return switch (reg) {
            case 0 -> plain(i, moveIf(CONDITION_B + 1));
            case 1 -> plain(i, moveIf(CONDITION_E + 1));
            case 2 -> plain(i, moveIf(CONDITION_BE + 1));
            case 3 -> plain(i, moveIf(CONDITION_P + 1));
            case 4 -> control(i);
            case 5 -> plain(i, compareFlags(true, false));
            case 6 -> plain(i, compareFlags(false, false));
            default -> new UndefinedOp(i);
        };
    }

    /** FNCLEX and FNINIT; FNENI, FNDISI and FNSETPM have done nothing since the 387. */
    private static Op control(Insn i) {
        return switch (i.modrm & 7) {
            case 0, 1, 4 -> new Silent(i, (c, x, n) -> {});
            case 2 -> new Silent(i, (c, x, n) -> x.fnclex());
            case 3 -> new Silent(i, (c, x, n) -> x.fninit());
            default -> new UndefinedOp(i);
        };
    }

    private static Op dd(Insn i, int reg) {
        return switch (reg) {
            case 0 -> plain(i, (c, x, n) -> x.ffree(n));
            case 1 -> plain(i, (c, x, n) -> x.fxch(n));
            case 2 -> plain(i, (c, x, n) -> x.fst(n, false));
            case 3 -> plain(i, (c, x, n) -> x.fst(n, true));
            case 4 -> plain(i, (c, x, n) -> x.fcom(n, true, 0));
            case 5 -> plain(i, (c, x, n) -> x.fcom(n, true, 1));
            default -> new UndefinedOp(i);
        };
    }

    private static Op de(Insn i, int reg) {
        return switch (reg) {
            case 2 -> plain(i, compare(1));
            case 3 -> only(i, 1, (c, x, n) -> x.fcom(1, false, 2)); // FCOMPP
            default -> plain(i, to(reg, true));
        };
    }

    private static Op df(Insn i, int reg) {
        return switch (reg) {
            case 0 -> plain(i, X87RegisterOps::freeAndPop);
            case 1 -> plain(i, (c, x, n) -> x.fxch(n));
            case 2, 3 -> plain(i, (c, x, n) -> x.fst(n, true));
            case 4 ->
                    (i.modrm & 7) != 0
                            ? new UndefinedOp(i)
                            : new Silent(
                                    i,
                                    (c, x, n) ->
                                            c.r[Cpu.RAX] =
                                                    c.r[Cpu.RAX] & ~0xffffL | x.statusWord());
            case 5 -> plain(i, compareFlags(true, true));
            case 6 -> plain(i, compareFlags(false, true));
            default -> new UndefinedOp(i);
        };
    }

    /**
     * D9D8: unlike FSTP it only pops, without underflow, where ST(0) is empty; so processors do.
     */
    private static void storeAndPop(Cpu c, X87 x, int n) {
        if ((x.abridgedTags() >> x.top() & 1) == 0) {
            x.fincstp();
        } else {
            x.fst(n, true);
        }
    }

    /** FFREEP. */
    private static void freeAndPop(Cpu c, X87 x, int n) {
        x.ffree(n);
        x.ffree(0);
        x.fincstp();
    }

    /** Last opcode as FNSTENV shows it. */
    static int lastOpcode(Insn i) {
        return (i.opcode & 7) << 8 | i.modrm;
    }

    /** #NM. */
    static void enter(Cpu c) {
        if (c.fpuTrap != 0) {
            throw c.fault(GuestFault.NM, 0);
        }
    }

    /** A waiting instruction, which leaves its address behind. */
    private static final class Plain extends Op {
        private final Action action;
        private final int i;
        private final int opcode;

        Plain(Insn insn, Action action) {
            super(insn.off, insn.length);
            this.action = action;
            i = insn.modrm & 7;
            opcode = lastOpcode(insn);
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            MmxOp.waitFor(c);
            c.x87.setOpcode(opcode);
            c.x87.setInstruction(c.seg[Cpu.CS].selector, rip(c));
            action.run(c, c.x87, i);
            return next;
        }
    }

    /** A control instruction that does not wait. */
    private static final class Silent extends Op {
        private final Action action;

        Silent(Insn insn, Action action) {
            super(insn.off, insn.length);
            this.action = action;
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            action.run(c, c.x87, 0);
            return next;
        }
    }
}
