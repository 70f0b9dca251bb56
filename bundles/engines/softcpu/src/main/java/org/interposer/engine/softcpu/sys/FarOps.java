package org.interposer.engine.softcpu.sys;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Flags;
import org.interposer.engine.softcpu.cpu.GuestFault;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;
import org.interposer.engine.softcpu.op.MemOp;

/** Far jumps, calls and returns, and the software interrupts. */
final class FarOps {
    private FarOps() {}

    /** Instruction pointer behind an operation. */
    static long after(Cpu c, Op op) {
        return c.r[Cpu.CODE] + op.end & c.ipMask;
    }

    /** JMP and CALL with the address in the instruction. */
    static final class Direct extends Op {
        private final int selector;
        private final long offset;
        private final int size;
        private final boolean call;

        Direct(Insn i, boolean call) {
            super(i.off, i.length);
            selector = i.imm2 & 0xffff;
            offset = i.imm;
            size = i.opSize;
            this.call = call;
        }

        @Override
        public Op exec(Cpu c) {
            return FarTransfer.go(c, selector, offset, size, call, after(c, this));
        }

        @Override
        public boolean stack() {
            return call;
        }
    }

    /** JMP and CALL through memory. */
    static final class Indirect extends MemOp {
        private final int size;
        private final boolean call;

        Indirect(Insn i, boolean call) {
            super(i, i.opSize + 2, false);
            size = i.opSize;
            this.call = call;
        }

        @Override
        public Op exec(Cpu c) {
            long offset = c.ld(ea(c), size);
            int selector = c.ld16(ea(c, size, 2));
            return FarTransfer.go(c, selector, offset, size, call, after(c, this));
        }
    }

    /** RET far. */
    static final class Return extends Op {
        private final int size;
        private final int release;

        Return(Insn i) {
            super(i.off, i.length);
            size = i.opSize;
            release = (int) i.imm & 0xffff;
        }

        @Override
        public Op exec(Cpu c) {
            return FarReturn.ret(c, size, release);
        }

        @Override
        public boolean stack() {
            return true;
        }
    }

    /** IRET, IRETD, IRETQ. */
    static final class InterruptReturn extends Op {
        private final int size;

        InterruptReturn(Insn i) {
            super(i.off, i.length);
            size = i.opSize;
        }

        @Override
        public Op exec(Cpu c) {
            return FarReturn.iret(c, size);
        }

        @Override
        public boolean stack() {
            return true;
        }
    }

    /** INT n and INT3. */
    static final class Interrupt extends Op {
        private final int vector;

        Interrupt(Insn i, int vector) {
            super(i.off, i.length);
            this.vector = vector;
        }

        @Override
        public Op exec(Cpu c) {
            Delivery.software(c, vector, after(c, this));
            return c.jump(c.rip);
        }
    }

    /** INTO. */
    static final class Overflow extends Op {
        Overflow(Insn i) {
            super(i.off, i.length);
        }

        @Override
        public Op exec(Cpu c) {
            if (!Flags.of(c)) {
                return next;
            }
            Delivery.software(c, GuestFault.OF, after(c, this));
            return c.jump(c.rip);
        }
    }

    /** INT1. */
    static final class Debug extends Op {
        Debug(Insn i) {
            super(i.off, i.length);
        }

        @Override
        public Op exec(Cpu c) {
            Delivery.hardwareBreakpoint(c, after(c, this));
            return c.jump(c.rip);
        }
    }
}
