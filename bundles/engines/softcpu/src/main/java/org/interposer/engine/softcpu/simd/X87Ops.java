package org.interposer.engine.softcpu.simd;

import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.cpu.UndefinedOp;
import org.interposer.engine.softcpu.decode.Insn;

/** Operations of the x87 instructions, D8 to DF (SDM vol. 2 appendix A.5). */
public final class X87Ops {
    private X87Ops() {}

    /** The operation of an instruction, one that raises #UD where there is no such instruction. */
    public static Op make(Insn i) {
        if (i.lock) {
            return new UndefinedOp(i);
        }
        return i.isMem ? X87MemoryOps.make(i) : X87RegisterOps.make(i);
    }
}
