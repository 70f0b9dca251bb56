package org.interposer.engine.softcpu.simd;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;
import org.interposer.engine.softcpu.op.MemOp;

/**
 * FLDENV, FLDCW, FNSTENV, FNSTCW, FRSTOR, FNSAVE, FNSTSW: none is noted as the last instruction.
 */
final class X87StateOps {
    private static final int REGISTERS = 80;

    private X87StateOps() {}

    static Op d9(Insn i, int reg) {
        return switch (reg) {
            case 4 -> new LoadEnvironment(i, 0);
            case 5 -> new LoadControl(i);
            case 6 -> new StoreEnvironment(i, 0);
            default -> new StoreWord(i, true);
        };
    }

    static Op dd(Insn i, int reg) {
        return switch (reg) {
            case 4 -> new LoadEnvironment(i, REGISTERS);
            case 6 -> new StoreEnvironment(i, REGISTERS);
            default -> new StoreWord(i, false);
        };
    }

    /** Bytes of the environment, which the operand size decides. */
    private static int environment(Insn i) {
        return i.opSize == 2 ? 14 : 28;
    }

    private static boolean realMode(Cpu c) {
        return !c.protectedMode() || c.v86();
    }

    /** FLDENV and FRSTOR. */
    private static final class LoadEnvironment extends MemOp {
        private final boolean wide;
        private final boolean registers;
        private final byte[] image;

        LoadEnvironment(Insn i, int more) {
            super(i, environment(i) + more, false);
            wide = i.opSize != 2;
            registers = more != 0;
            image = new byte[environment(i) + more];
        }

        @Override
        public Op exec(Cpu c) {
            X87RegisterOps.enter(c);
            MmxOp.waitFor(c);
            Image.load(c, ea(c), image, image.length);
            if (registers) {
                c.x87.frstor(image, 0, wide, realMode(c));
            } else {
                c.x87.fldenv(image, 0, wide, realMode(c));
            }
            return next;
        }
    }

    /** FNSTENV and FNSAVE. */
    private static final class StoreEnvironment extends MemOp {
        private final boolean wide;
        private final boolean registers;
        private final byte[] image;

        StoreEnvironment(Insn i, int more) {
            super(i, environment(i) + more, true);
            wide = i.opSize != 2;
            registers = more != 0;
            image = new byte[environment(i) + more];
        }

        @Override
        public Op exec(Cpu c) {
            X87RegisterOps.enter(c);
            long va = ea(c);
            c.mmu.probeWrite(va, image.length);
            if (registers) {
                c.x87.fnsave(image, 0, wide, realMode(c));
            } else {
                c.x87.fnstenv(image, 0, wide, realMode(c));
            }
            Image.store(c, va, image, 0, image.length);
            return next;
        }
    }

    private static final class LoadControl extends MemOp {
        LoadControl(Insn i) {
            super(i, 2, false);
        }

        @Override
        public Op exec(Cpu c) {
            X87RegisterOps.enter(c);
            MmxOp.waitFor(c);
            c.x87.fldcw(c.ld16(ea(c)));
            return next;
        }
    }

    /** FNSTCW and FNSTSW. */
    private static final class StoreWord extends MemOp {
        private final boolean control;

        StoreWord(Insn i, boolean control) {
            super(i, 2, true);
            this.control = control;
        }

        @Override
        public Op exec(Cpu c) {
            X87RegisterOps.enter(c);
            c.st16(ea(c), control ? c.x87.controlWord() : c.x87.statusWord());
            return next;
        }
    }
}
