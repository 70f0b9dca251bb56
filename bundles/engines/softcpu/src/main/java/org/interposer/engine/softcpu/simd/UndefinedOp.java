package org.interposer.engine.softcpu.simd;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;

/** No instruction: #UD. */
final class UndefinedOp extends Op {
    UndefinedOp(Insn i) {
        super(i.off, i.length);
    }

    @Override
    public Op exec(Cpu c) {
        throw c.undefined();
    }
}
