package org.interposer.engine.softcpu.op;

import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;

/** An operation whose only memory operand is on the stack. */
abstract class StackOp extends Op {
    StackOp(Insn i) {
        super(i.off, i.length);
    }

    /** Size of pushed and popped values: 64 bits in 64-bit mode, unless prefix 66 makes it 16. */
    static int size(Insn i) {
        return i.long64() && i.opSize == 4 ? 8 : i.opSize;
    }

    @Override
    public boolean stack() {
        return true;
    }
}
