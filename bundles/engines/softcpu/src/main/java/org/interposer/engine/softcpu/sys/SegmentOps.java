package org.interposer.engine.softcpu.sys;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;
import org.interposer.engine.softcpu.op.MemOp;
import org.interposer.engine.softcpu.op.Regs;
import org.interposer.engine.softcpu.op.RmOp;

/** Moves to and from segment registers (SDM vol. 2 MOV, PUSH, POP, LDS). */
final class SegmentOps {
    private SegmentOps() {}

    private static int stackSize(Insn i) {
        return i.long64() && i.opSize == 4 ? 8 : i.opSize;
    }

    /** The instruction after one that loaded SS comes before any interrupt (SDM vol. 3 §6.8.3). */
    private static void loaded(Cpu c, int seg) {
        if (seg == Cpu.SS) {
            c.shadow = true;
            c.stackShadow = true;
            c.stop();
        }
    }

    /** MOV r/m, Sreg: a word to memory, the whole register otherwise. */
    static final class Store extends RmOp {
        private final int from;

        Store(Insn i) {
            super(i, i.isMem ? 2 : i.opSize, true);
            from = i.ext();
        }

        @Override
        public Op exec(Cpu c) {
            write(c, c.seg[from].selector);
            return next;
        }
    }

    /** MOV Sreg, r/m. */
    static final class Load extends RmOp {
        private final int to;

        Load(Insn i) {
            super(i, 2, false);
            to = i.ext();
        }

        @Override
        public Op exec(Cpu c) {
            SegmentLoad.load(c, to, (int) read(c));
            loaded(c, to);
            return next;
        }
    }

    /** PUSH Sreg. */
    static final class Push extends Op {
        private final int from;
        private final int size;

        Push(Insn i, int seg) {
            super(i.off, i.length);
            from = seg;
            size = stackSize(i);
        }

        @Override
        public Op exec(Cpu c) {
            Stack stack = Stack.current(c);
            stack.push(size, c.seg[from].selector);
            stack.commit();
            return next;
        }

        @Override
        public boolean stack() {
            return true;
        }
    }

    /** POP Sreg. */
    static final class Pop extends Op {
        private final int to;
        private final int size;

        Pop(Insn i, int seg) {
            super(i.off, i.length);
            to = seg;
            size = stackSize(i);
        }

        @Override
        public Op exec(Cpu c) {
            Stack stack = Stack.current(c);
            int selector = (int) stack.pop(size) & 0xffff;
            SegmentLoad.load(c, to, selector);
            stack.commit();
            loaded(c, to);
            return next;
        }

        @Override
        public boolean stack() {
            return true;
        }
    }

    /** LDS, LES, LFS, LGS, LSS. */
    static final class LoadFar extends MemOp {
        private final int to;
        private final int reg;
        private final int size;

        LoadFar(Insn i, int seg) {
            super(i, i.opSize + 2, false);
            to = seg;
            reg = i.reg;
            size = i.opSize;
        }

        @Override
        public Op exec(Cpu c) {
            long offset = c.ld(ea(c), size);
            int selector = c.ld16(ea(c, size, 2));
            SegmentLoad.load(c, to, selector);
            Regs.set(c.r, reg, size, offset);
            return next;
        }
    }
}
