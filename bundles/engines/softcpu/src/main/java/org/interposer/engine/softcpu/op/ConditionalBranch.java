package org.interposer.engine.softcpu.op;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Flags;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;

/**
 * Jcc. About one operation in six of a kernel is one that sets the flags and is followed by this,
 * so such an operation goes on with {@link #after}, which saves a turn of the interpreter's loop.
 */
final class ConditionalBranch extends Branch {
    private final byte condition;

    ConditionalBranch(Insn i, int condition) {
        super(i);
        this.condition = (byte) condition;
    }

    @Override
    public Op exec(Cpu c) {
        return Flags.condition(c, condition) ? taken(c) : next;
    }

    /** What comes after an operation that has set the flags. */
    static Op after(Op next, Cpu c) {
        return next instanceof ConditionalBranch branch ? branch.fused(c) : next;
    }

    private Op fused(Cpu c) {
        if (c.leaving) {
            return this;
        }
        c.uncounted--;
        return exec(c);
    }
}
