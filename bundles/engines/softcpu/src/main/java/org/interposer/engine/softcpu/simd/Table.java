package org.interposer.engine.softcpu.simd;

import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.cpu.UndefinedOp;
import org.interposer.engine.softcpu.decode.Insn;

/** From opcode map, opcode and mandatory prefix to what makes the operation. */
final class Table {
    /** Mandatory prefixes. */
    static final int NONE = 0, P66 = 0x66, F3 = 0xf3, F2 = 0xf2;

    private static final int MAPS = 4;
    private final Maker[] makers = new Maker[MAPS * 256 * 4];

    /** Makes the operation of a decoded instruction. */
    @FunctionalInterface
    interface Maker {
        Op make(Insn i);
    }

    /** Adds an instruction of either form. */
    void add(int prefix, int opcode, Maker maker) {
        int at = index(prefix, opcode);
        if (makers[at] != null) {
            throw new IllegalStateException(
                    String.format("opcode %x with prefix %x has two meanings", opcode, prefix));
        }
        makers[at] = maker;
    }

    /** Adds an instruction whose operand must be in memory. */
    void addMem(int prefix, int opcode, Maker maker) {
        add(prefix, opcode, i -> i.isMem ? maker.make(i) : new UndefinedOp(i));
    }

    /** Adds an instruction whose operand must be a register. */
    void addReg(int prefix, int opcode, Maker maker) {
        add(prefix, opcode, i -> i.isMem ? new UndefinedOp(i) : maker.make(i));
    }

    /** The operation of an instruction, #UD where there is none. */
    Op make(Insn i) {
        Maker maker = makers[index(i.mandatory(), i.opcode)];
        return maker == null ? new UndefinedOp(i) : maker.make(i);
    }

    private static int index(int prefix, int opcode) {
        int column =
                switch (prefix) {
                    case NONE -> 0;
                    case P66 -> 1;
                    case F3 -> 2;
                    default -> 3;
                };
        return opcode << 2 | column;
    }
}
