package org.interposer.engine.softcpu.op;

import org.interposer.engine.softcpu.decode.Insn;

/** Operand forms of the two-operand arithmetic. */
enum AluForm {
    REG_REG,
    REG_IMM,
    REG_MEM,
    MEM_REG,
    MEM_IMM;

    private static final int TO_REG = 2;

    /** Bit 1 of the opcode says that the register of ModRM.reg is the destination. */
    private static boolean toReg(Insn i) {
        return i.opcode < 0x40 && (i.opcode & TO_REG) != 0;
    }

    /** Form of an opcode with ModRM and no immediate. */
    static AluForm ofModrm(Insn i) {
        return !i.isMem ? REG_REG : toReg(i) ? REG_MEM : MEM_REG;
    }

    static byte to(Insn i) {
        return toReg(i) ? i.reg : i.rm;
    }

    static byte from(Insn i) {
        return toReg(i) ? i.rm : i.reg;
    }

    /** Register that an immediate goes to: the accumulator, or that of ModRM.rm. */
    static byte immTo(Insn i) {
        return i.hasModrm ? i.rm : 0;
    }
}
