package org.interposer.engine.softcpu.sys;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;

/** Raises #UD. */
final class Undefined extends Op {
    Undefined(Insn i) {
        super(i.off, i.length);
    }

    @Override
    public Op exec(Cpu c) {
        throw c.undefined();
    }
}
