package org.interposer.engine.softcpu.op;

import java.util.function.Consumer;
import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Flags;
import org.interposer.engine.softcpu.cpu.GuestFault;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;

/**
 * Conditional moves and sets, extension of the accumulator, single flags, tables, decimal digits.
 */
final class MiscOps {
    private MiscOps() {}

    static Op nothing(Insn i) {
        return new Nothing(i);
    }

    static Op conditionalMove(Insn i, int condition) {
        return !i.isMem && i.opSize == 8 ? new MoveIf64(i, condition) : new MoveIf(i, condition);
    }

    static Op conditionalSet(Insn i, int condition) {
        return new SetIf(i, condition);
    }

    /** 98: CBW, CWDE, CDQE. */
    static Op extendAccumulator(Insn i) {
        int size = i.opSize;
        return simple(i, c -> Regs.set(c.r, Cpu.RAX, size, Alu.extend(size / 2, c.r[Cpu.RAX])));
    }

    /** 99: CWD, CDQ, CQO. */
    static Op signToData(Insn i) {
        int size = i.opSize;
        return simple(i, c -> Regs.set(c.r, Cpu.RDX, size, Alu.extend(size, c.r[Cpu.RAX]) >> 63));
    }

    /** F5, F8, F9, FC, FD. */
    static Op flag(Insn i) {
        return switch (i.low()) {
            case 0xf5 -> simple(i, c -> Flags.setCf(c, !Flags.cf(c)));
            case 0xf8 -> simple(i, c -> Flags.setCf(c, false));
            case 0xf9 -> simple(i, c -> Flags.setCf(c, true));
            case 0xfc -> simple(i, c -> c.fl &= ~Flags.DF);
            default -> simple(i, c -> c.fl |= Flags.DF);
        };
    }

    /** 9F. */
    static Op loadFlags(Insn i) {
        return simple(
                i,
                c ->
                        c.r[Cpu.RAX] =
                                c.r[Cpu.RAX] & ~0xff00L | (Flags.arithmetic(c) & 0xff | 2) << 8);
    }

    /** 9E: OF stays. */
    static Op storeFlags(Insn i) {
        return simple(
                i,
                c -> {
                    long low = c.r[Cpu.RAX] >> 8 & 0xff;
                    Flags.setArithmetic(c, low | Flags.arithmetic(c) & Flags.OF);
                });
    }

    static Op translate(Insn i) {
        return new Translate(i);
    }

    /** D6, undocumented: AL becomes −CF. */
    static Op setAlOnCarry(Insn i) {
        return simple(i, c -> Regs.set(c.r, Cpu.RAX, 1, Flags.cf(c) ? 0xff : 0));
    }

    static Op bound(Insn i) {
        return new Bound(i);
    }

    static Op simple(Insn i, Consumer<Cpu> action) {
        return new Simple(i, action);
    }

    private static final class Simple extends Op {
        private final Consumer<Cpu> action;

        Simple(Insn i, Consumer<Cpu> action) {
            super(i.off, i.length);
            this.action = action;
        }

        @Override
        public Op exec(Cpu c) {
            action.accept(c);
            return next;
        }
    }

    private static final class Nothing extends Op {
        Nothing(Insn i) {
            super(i.off, i.length);
        }

        @Override
        public Op exec(Cpu c) {
            return next;
        }
    }

    private static final class MoveIf64 extends Op {
        private final byte to;
        private final byte from;
        private final int condition;

        MoveIf64(Insn i, int condition) {
            super(i.off, i.length);
            to = i.reg;
            from = i.rm;
            this.condition = condition;
        }

        @Override
        public Op exec(Cpu c) {
            if (Flags.condition(c, condition)) {
                c.r[to] = c.r[from];
            }
            return next;
        }
    }

    /** Reads the operand in any case; a 32-bit destination is extended in any case. */
    private static final class MoveIf extends RmOp {
        private final byte to;
        private final int condition;

        MoveIf(Insn i, int condition) {
            super(i, i.opSize, false);
            to = i.reg;
            this.condition = condition;
        }

        @Override
        public Op exec(Cpu c) {
            long v = read(c);
            if (Flags.condition(c, condition)) {
                Regs.set(c.r, to, size, v);
            } else if (size == 4) {
                c.r[to] &= 0xffff_ffffL;
            }
            return next;
        }
    }

    private static final class SetIf extends RmOp {
        private final int condition;

        SetIf(Insn i, int condition) {
            super(i, 1, true);
            this.condition = condition;
        }

        @Override
        public Op exec(Cpu c) {
            write(c, Flags.condition(c, condition) ? 1 : 0);
            return next;
        }
    }

    /** XLAT: its address is that of BX plus AL, in a form that ModRM has not. */
    private static final class Translate extends MemOp {
        Translate(Insn i) {
            super(i.addressedBy(Cpu.RBX), 1, false);
        }

        @Override
        public Op exec(Cpu c) {
            int v = c.ld8(ea(c, c.r[Cpu.RAX] & 0xff, 1));
            Regs.set(c.r, Cpu.RAX, 1, v);
            return next;
        }
    }

    private static final class Bound extends MemOp {
        private final byte reg;
        private final int size;

        Bound(Insn i) {
            super(i, i.opSize * 2, false);
            reg = i.reg;
            size = i.opSize;
        }

        @Override
        public Op exec(Cpu c) {
            long va = ea(c);
            long lower = Alu.extend(size, c.ld(va, size));
            long upper = Alu.extend(size, c.ld(va + size, size));
            long index = Alu.extend(size, c.r[reg]);
            if (index < lower || index > upper) {
                throw c.fault(GuestFault.BR, 0);
            }
            return next;
        }
    }
}
