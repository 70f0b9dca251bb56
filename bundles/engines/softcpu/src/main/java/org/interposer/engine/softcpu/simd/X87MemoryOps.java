package org.interposer.engine.softcpu.simd;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.cpu.UndefinedOp;
import org.interposer.engine.softcpu.decode.Insn;
import org.interposer.engine.softcpu.fp.X87;
import org.interposer.engine.softcpu.op.MemOp;

/** x87 instructions with an operand in memory; environment and state are in X87StateOps. */
final class X87MemoryOps {
    private static final int FCOM = 2, FCOMP = 3;

    private X87MemoryOps() {}

    /** What an instruction does with the bits of its operand, sign-extended. */
    @FunctionalInterface
    interface Consumer {
        void accept(X87 x, long bits);
    }

    /** The bits that an instruction stores. */
    @FunctionalInterface
    interface Producer {
        long bits(X87 x);
    }

    static Op make(Insn i) {
        int reg = i.ext();
        return switch (i.opcode) {
            case 0xd8 -> new Load(i, 4, single(reg));
            case 0xd9 -> d9(i, reg);
            case 0xda -> new Load(i, 4, integer(reg));
            case 0xdb -> db(i, reg);
            case 0xdc -> new Load(i, 8, real(reg));
            case 0xdd -> dd(i, reg);
            case 0xde -> new Load(i, 2, integer(reg));
            default -> df(i, reg);
        };
    }

    private static Consumer single(int reg) {
        if (reg == FCOM || reg == FCOMP) {
            return (x, v) -> x.fcomF32((int) v, reg == FCOMP);
        }
        return (x, v) -> x.arithmeticF32(reg, (int) v);
    }

    private static Consumer real(int reg) {
        if (reg == FCOM || reg == FCOMP) {
            return (x, v) -> x.fcomF64(v, reg == FCOMP);
        }
        return (x, v) -> x.arithmeticF64(reg, v);
    }

    private static Consumer integer(int reg) {
        if (reg == FCOM || reg == FCOMP) {
            return (x, v) -> x.ficom(v, reg == FCOMP);
        }
        return (x, v) -> x.arithmeticInteger(reg, v);
    }

    private static Op d9(Insn i, int reg) {
        return switch (reg) {
            case 0 -> new Load(i, 4, (x, v) -> x.fldF32((int) v));
            case 2, 3 -> new Store(i, 4, X87::fstF32, reg == 3);
            case 1 -> new UndefinedOp(i);
            default -> X87StateOps.d9(i, reg);
        };
    }

    private static Op db(Insn i, int reg) {
        return switch (reg) {
            case 5 -> new LoadExtended(i, false);
            case 7 -> new StoreExtended(i, false);
            case 4, 6 -> new UndefinedOp(i);
            default -> integers(i, reg, 4);
        };
    }

    /** FILD, FISTTP, FIST, FISTP. */
    private static Op integers(Insn i, int reg, int size) {
        return switch (reg) {
            case 0 -> new Load(i, size, X87::fild);
            case 1 -> new Store(i, size, x -> x.fistt(8 * size), true);
            default -> new Store(i, size, x -> x.fist(8 * size), reg == 3);
        };
    }

    private static Op dd(Insn i, int reg) {
        return switch (reg) {
            case 0 -> new Load(i, 8, X87::fldF64);
            case 1 -> integers(i, 1, 8);
            case 2, 3 -> new Store(i, 8, X87::fstF64, reg == 3);
            case 5 -> new UndefinedOp(i);
            default -> X87StateOps.dd(i, reg);
        };
    }

    private static Op df(Insn i, int reg) {
        return switch (reg) {
            case 4 -> new LoadExtended(i, true);
            case 5 -> integers(i, 0, 8);
            case 6 -> new StoreExtended(i, true);
            case 7 -> integers(i, 3, 8);
            default -> integers(i, reg, 2);
        };
    }

    /** A waiting instruction, which leaves its address and that of its operand behind. */
    private abstract static class Noted extends MemOp {
        private final int opcode;

        Noted(Insn i, int bytes, boolean writes) {
            super(i, bytes, writes);
            opcode = X87RegisterOps.lastOpcode(i);
        }

        static void enter(Cpu c) {
            X87RegisterOps.enter(c);
            MmxOp.waitFor(c);
        }

        /** Once no fault of memory can come any more. */
        final void note(Cpu c) {
            c.x87.setOpcode(opcode);
            c.x87.setInstruction(c.seg[Cpu.CS].selector, rip(c));
            c.x87.setData(c.seg[seg].selector, offset(c));
        }
    }

    private static final class Load extends Noted {
        private final int size;
        private final int unused;
        private final Consumer consumer;

        Load(Insn i, int size, Consumer consumer) {
            super(i, size, false);
            this.size = size;
            unused = 64 - 8 * size;
            this.consumer = consumer;
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            long v = c.ld(ea(c), size) << unused >> unused;
            note(c);
            consumer.accept(c.x87, v);
            return next;
        }
    }

    private static final class Store extends Noted {
        private final int size;
        private final Producer producer;
        private final boolean pop;

        Store(Insn i, int size, Producer producer, boolean pop) {
            super(i, size, true);
            this.size = size;
            this.producer = producer;
            this.pop = pop;
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            long va = ea(c);
            c.mmu.probeWrite(va, size); // Also where nothing will be stored.
            long v = producer.bits(c.x87);
            if (c.x87.isStored()) {
                c.st(va, size, v);
            }
            note(c);
            c.x87.endStore(pop);
            return next;
        }
    }

    /** FLD m80 and FBLD. */
    private static final class LoadExtended extends Noted {
        private final boolean decimal;

        LoadExtended(Insn i, boolean decimal) {
            super(i, 10, false);
            this.decimal = decimal;
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            long low = c.ld64(ea(c, 0, 10));
            int high = c.ld16(ea(c, 8, 2));
            note(c);
            if (decimal) {
                c.x87.fbld(low, high);
            } else {
                c.x87.fldF80(low, high);
            }
            return next;
        }
    }

    /** FSTP m80 and FBSTP. */
    private static final class StoreExtended extends Noted {
        private final boolean decimal;

        StoreExtended(Insn i, boolean decimal) {
            super(i, 10, true);
            this.decimal = decimal;
        }

        @Override
        public Op exec(Cpu c) {
            enter(c);
            long va = ea(c);
            c.mmu.probeWrite(va, 10);
            long low = decimal ? c.x87.fbst() : c.x87.fstF80();
            if (c.x87.isStored()) {
                c.st64(va, low);
                c.st16(ea(c, 8, 2), c.x87.storedExponent());
            }
            note(c);
            c.x87.endStore(true);
            return next;
        }
    }
}
