package org.interposer.engine.softcpu.op;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;
import org.interposer.engine.softcpu.sys.Segmentation;

/** CALL and RET near, JMP and CALL through an operand. */
final class CallOps {
    private CallOps() {}

    static Op call(Insn i) {
        return i.long64() ? new Call64(i) : new Call(i);
    }

    static Op ret(Insn i, int bytes) {
        return i.long64() && bytes == 0 ? new Return64(i) : new Return(i, bytes);
    }

    /** FF /2. */
    static Op callOperand(Insn i) {
        if (i.long64()) {
            return i.isMem ? new CallMemory64(i) : new CallRegister64(i);
        }
        return new CallOperand(i, targetSize(i));
    }

    /** FF /4. */
    static Op jumpOperand(Insn i) {
        if (i.long64()) {
            return i.isMem ? new JumpMemory64(i) : new JumpRegister64(i);
        }
        return new JumpOperand(i, targetSize(i));
    }

    private static int targetSize(Insn i) {
        return i.long64() ? 8 : i.opSize;
    }

    private static void checkCanonical(Cpu c, long target) {
        if (!Segmentation.canonical(target)) {
            throw c.protection();
        }
    }

    private static void checkLimit(Cpu c, long target) {
        if (c.code64()) {
            checkCanonical(c, target);
        } else if (target > (c.seg[Cpu.CS].limit & 0xffff_ffffL)) {
            throw c.protection();
        }
    }

    private static final class Call64 extends Branch {
        Call64(Insn i) {
            super(i);
        }

        @Override
        public boolean stack() {
            return true;
        }

        @Override
        public Op exec(Cpu c) {
            Stack.push64(c, c.r[Cpu.CODE] + end);
            return taken(c);
        }
    }

    private static final class Call extends Branch {
        private final int size;

        Call(Insn i) {
            super(i);
            size = i.opSize;
        }

        @Override
        public boolean stack() {
            return true;
        }

        @Override
        public Op exec(Cpu c) {
            Stack.push(c, size, c.r[Cpu.CODE] + end);
            return taken(c);
        }
    }

    private static final class Return64 extends StackOp {
        Return64(Insn i) {
            super(i);
        }

        @Override
        public Op exec(Cpu c) {
            long[] r = c.r;
            long sp = r[Cpu.RSP];
            long target = c.ld64(sp);
            checkCanonical(c, target);
            r[Cpu.RSP] = sp + 8;
            return c.jump(target);
        }
    }

    private static final class Return extends StackOp {
        private final int size;
        private final int bytes;

        Return(Insn i, int bytes) {
            super(i);
            size = targetSize(i);
            this.bytes = bytes;
        }

        @Override
        public Op exec(Cpu c) {
            long target = Stack.top(c, size);
            checkLimit(c, target);
            Stack.move(c, size + bytes);
            return c.jump(target);
        }
    }

    private static final class CallRegister64 extends StackOp {
        private final byte register;

        CallRegister64(Insn i) {
            super(i);
            register = i.rm;
        }

        @Override
        public Op exec(Cpu c) {
            long target = c.r[register];
            checkCanonical(c, target);
            Stack.push64(c, c.r[Cpu.CODE] + end);
            return c.jump(target);
        }
    }

    private static final class CallMemory64 extends MemOp {
        CallMemory64(Insn i) {
            super(i, 8, false);
        }

        @Override
        public Op exec(Cpu c) {
            long target = c.ld64(ea(c));
            checkCanonical(c, target);
            Stack.push(c, 8, c.r[Cpu.CODE] + end);
            return c.jump(target);
        }
    }

    private static final class JumpRegister64 extends Op {
        private final byte register;

        JumpRegister64(Insn i) {
            super(i.off, i.length);
            register = i.rm;
        }

        @Override
        public Op exec(Cpu c) {
            long target = c.r[register];
            checkCanonical(c, target);
            return c.jump(target);
        }
    }

    private static final class JumpMemory64 extends MemOp {
        JumpMemory64(Insn i) {
            super(i, 8, false);
        }

        @Override
        public Op exec(Cpu c) {
            long target = c.ld64(ea(c));
            checkCanonical(c, target);
            return c.jump(target);
        }
    }

    private static final class CallOperand extends RmOp {
        CallOperand(Insn i, int size) {
            super(i, size, false);
        }

        @Override
        public Op exec(Cpu c) {
            long target = read(c);
            checkLimit(c, target);
            Stack.push(c, size, c.r[Cpu.CODE] + end);
            return c.jump(target);
        }
    }

    private static final class JumpOperand extends RmOp {
        JumpOperand(Insn i, int size) {
            super(i, size, false);
        }

        @Override
        public Op exec(Cpu c) {
            long target = read(c);
            checkLimit(c, target);
            return c.jump(target);
        }
    }
}
