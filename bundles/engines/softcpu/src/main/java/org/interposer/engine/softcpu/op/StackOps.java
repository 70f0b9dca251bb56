package org.interposer.engine.softcpu.op;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;

/** PUSH, POP, PUSHA, POPA, ENTER, LEAVE. */
final class StackOps {
    private StackOps() {}

    /** 50–57. */
    static Op push(Insn i) {
        int size = StackOp.size(i);
        return size == 8 ? new Push64(i) : new PushRegister(i, size);
    }

    /** 58–5F. */
    static Op pop(Insn i) {
        int size = StackOp.size(i);
        return size == 8 ? new Pop64(i) : new PopRegister(i, size);
    }

    /** 68, 6A. */
    static Op pushImmediate(Insn i) {
        return new PushImmediate(i);
    }

    /** FF /6. */
    static Op pushOperand(Insn i) {
        return new PushOperand(i, StackOp.size(i));
    }

    /** 8F /0. */
    static Op popOperand(Insn i) {
        return new PopOperand(i, StackOp.size(i));
    }

    /** 60. */
    static Op pushAll(Insn i) {
        return new PushAll(i);
    }

    /** 61. */
    static Op popAll(Insn i) {
        return new PopAll(i);
    }

    static Op enter(Insn i) {
        return new Enter(i);
    }

    static Op leave(Insn i) {
        return new Leave(i);
    }

    private static final class Push64 extends StackOp {
        private final byte from;

        Push64(Insn i) {
            super(i);
            from = i.opcodeReg();
        }

        @Override
        public Op exec(Cpu c) {
            Stack.push64(c, c.r[from]);
            return next;
        }
    }

    private static final class Pop64 extends StackOp {
        private final byte to;

        Pop64(Insn i) {
            super(i);
            to = i.opcodeReg();
        }

        @Override
        public Op exec(Cpu c) {
            long[] r = c.r;
            long sp = r[Cpu.RSP];
            long v = c.ld64(sp);
            r[Cpu.RSP] = sp + 8;
            r[to] = v;
            return next;
        }
    }

    private static final class PushRegister extends StackOp {
        private final byte from;
        private final int size;

        PushRegister(Insn i, int size) {
            super(i);
            from = i.opcodeReg();
            this.size = size;
        }

        @Override
        public Op exec(Cpu c) {
            Stack.push(c, size, c.r[from]);
            return next;
        }
    }

    private static final class PopRegister extends StackOp {
        private final byte to;
        private final int size;

        PopRegister(Insn i, int size) {
            super(i);
            to = i.opcodeReg();
            this.size = size;
        }

        @Override
        public Op exec(Cpu c) {
            Regs.set(c.r, to, size, Stack.pop(c, size));
            return next;
        }
    }

    private static final class PushImmediate extends StackOp {
        private final long value;
        private final int size;

        PushImmediate(Insn i) {
            super(i);
            value = i.imm;
            size = size(i);
        }

        @Override
        public Op exec(Cpu c) {
            Stack.push(c, size, value);
            return next;
        }
    }

    private static final class PushOperand extends RmOp {
        PushOperand(Insn i, int size) {
            super(i, size, false);
        }

        @Override
        public Op exec(Cpu c) {
            Stack.push(c, size, read(c));
            return next;
        }
    }

    /** An address that uses the stack pointer means it as it is after the pop. */
    private static final class PopOperand extends RmOp {
        PopOperand(Insn i, int size) {
            super(i, size, true);
        }

        @Override
        public Op exec(Cpu c) {
            long before = c.r[Cpu.RSP];
            long v = Stack.pop(c, size);
            boolean done = false;
            try {
                write(c, v);
                done = true;
            } finally {
                if (!done) {
                    c.r[Cpu.RSP] = before;
                }
            }
            return next;
        }
    }

    private static final class PushAll extends StackOp {
        private final int size;

        PushAll(Insn i) {
            super(i);
            size = i.opSize;
        }

        @Override
        public Op exec(Cpu c) {
            for (int n = 0; n < 8; n++) {
                c.mmu.probeWrite(Stack.address(c, -size * (n + 1L), size, true), size);
            }
            for (int n = 0; n < 8; n++) {
                c.st(Stack.address(c, -size * (n + 1L), size, true), size, c.r[n]);
            }
            Stack.move(c, -size * 8L);
            return next;
        }
    }

    private static final class PopAll extends StackOp {
        private final int size;

        PopAll(Insn i) {
            super(i);
            size = i.opSize;
        }

        @Override
        public Op exec(Cpu c) {
            c.mmu.probeRead(Stack.address(c, size * 7L, size, false), size);
            c.mmu.probeRead(Stack.address(c, 0, size, false), size);
            for (int n = 7; n >= 0; n--) {
                long v = c.ld(Stack.address(c, (7L - n) * size, size, false), size);
                if (n != Cpu.RSP) {
                    Regs.set(c.r, n, size, v);
                }
            }
            Stack.move(c, size * 8L);
            return next;
        }
    }

    /** SDM vol. 2, ENTER. */
    private static final class Enter extends StackOp {
        private final int bytes;
        private final int level;
        private final int size;

        Enter(Insn i) {
            super(i);
            bytes = (int) i.imm;
            level = i.imm2 & 31;
            size = size(i);
        }

        @Override
        public Op exec(Cpu c) {
            long frame = c.r[Cpu.RSP] - size;
            long depth = (level + 1L) * size;
            // A fault on the way leaves what was written below the stack pointer, which stays.
            c.st(Stack.address(c, -size, size, true), size, c.r[Cpu.RBP]);
            for (int n = 1; n < level; n++) {
                long outer = c.r[Cpu.RBP] - (long) n * size - c.r[Cpu.RSP];
                long v = c.ld(Stack.address(c, outer, size, false), size);
                c.st(Stack.address(c, -size * (n + 1L), size, true), size, v);
            }
            if (level > 0) {
                c.st(Stack.address(c, -depth, size, true), size, frame);
            }
            c.mmu.probeWrite(Stack.address(c, -depth - bytes, size, true), 1);
            Stack.move(c, -(level > 0 ? depth : size) - bytes);
            long mask = c.stackMask;
            long newFrame = c.r[Cpu.RBP] & ~mask | frame & mask;
            Regs.set(c.r, Cpu.RBP, size, newFrame);
            return next;
        }
    }

    private static final class Leave extends StackOp {
        private final int size;

        Leave(Insn i) {
            super(i);
            size = size(i);
        }

        @Override
        public Op exec(Cpu c) {
            long delta = c.r[Cpu.RBP] - c.r[Cpu.RSP];
            long v = c.ld(Stack.address(c, delta, size, false), size);
            Stack.move(c, delta + size);
            Regs.set(c.r, Cpu.RBP, size, v);
            return next;
        }
    }
}
