package org.interposer.engine.softcpu.cpu;

import org.interposer.engine.softcpu.decode.Insn;

/** No instruction: raises #UD. */
public final class UndefinedOp extends Op {
    /** In the place of what was decoded. */
    public UndefinedOp(Insn i) {
        super(i.off, i.length);
    }

    @Override
    public Op exec(Cpu c) {
        throw c.undefined();
    }
}
