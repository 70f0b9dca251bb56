package org.interposer.engine.softcpu.cpu;

import org.interposer.engine.softcpu.decode.Insn;

/** Makes what executes a decoded instruction: the seam between decoder and tier. */
@FunctionalInterface
public interface OpFactory {
    /**
     * The operation of an instruction; one that raises #UD where there is no such instruction.
     *
     * @param limited whether it is to look at the code segment's limit
     */
    Op make(Insn insn, boolean limited);
}
