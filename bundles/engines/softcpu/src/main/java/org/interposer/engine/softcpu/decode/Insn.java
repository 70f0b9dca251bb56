package org.interposer.engine.softcpu.decode;

import org.interposer.engine.softcpu.cpu.Cpu;

/**
 * One decoded instruction: what the decoder tells a tier. Reused from one instruction to the next;
 * whoever needs a field keeps a copy.
 */
public final class Insn {
    /** Opcode maps, in bits 8 and up of {@link #opcode}. */
    public static final int MAP_0F = 0x100, MAP_0F38 = 0x200, MAP_0F3A = 0x300;

    /** Offset of the first byte in its page. */
    public int off;

    /** Bytes. */
    public int length;

    /** Bytes of the default operand of the code: 2, 4 or, in 64-bit mode, 8. */
    public int codeSize;

    /** Map and last opcode byte. */
    public int opcode;

    /** Operand size in bytes after prefixes: 2, 4, 8. */
    public int opSize;

    /** Address size in bytes after prefixes: 2, 4, 8. */
    public int addrSize;

    /** Prefix 66 is there, also where REX.W overrides it. */
    public boolean prefix66;

    /** 0, or the last of F2 and F3. */
    public int rep;

    public boolean lock;

    /** 0, or the REX prefix. */
    public int rex;

    /** Segment of an override prefix, −1 without. */
    public int override;

    /** Whether there is a ModRM byte. */
    public boolean hasModrm;

    /** The ModRM byte. */
    public int modrm;

    /** ModRM.reg with REX.R. */
    public byte reg;

    /** ModRM.rm with REX.B; the register where {@link #isMem} is false. */
    public byte rm;

    /** The operand is in memory. */
    public boolean isMem;

    /** Slot of the base, see Cpu.r. */
    public byte base;

    /** Slot of the index. */
    public byte index;

    /** Shift of the index. */
    public byte scale;

    /** Displacement, sign-extended. */
    public long disp;

    /** Segment of the memory operand. */
    public byte seg;

    /** Base + index + displacement is the linear address, without mask, segment or check. */
    public boolean simple;

    /** Immediate, sign-extended; full pointers: the offset; ENTER: the size. */
    public long imm;

    /** Full pointers: the selector; ENTER: the nesting level. */
    public int imm2;

    /** ModRM.reg without REX: the opcode extension. */
    public int ext() {
        return modrm >> 3 & 7;
    }

    /** Last opcode byte. */
    public int low() {
        return opcode & 0xff;
    }

    /** Register number in the opcode's low bits, with REX.B. */
    public byte opcodeReg() {
        return (byte) (opcode & 7 | (rex & 1) << 3);
    }

    public boolean long64() {
        return codeSize == 8;
    }

    /**
     * Mandatory prefix of an SSE opcode: 0, 0x66, 0xf3 or 0xf2; the last two win (SDM vol. 2 §2.1).
     */
    public int mandatory() {
        return rep != 0 ? rep : prefix66 ? 0x66 : 0;
    }

    /** Gives it the implied memory operand at DS and a register; the register numbers stay. */
    public Insn addressedBy(int register) {
        base = (byte) register;
        index = Cpu.ZERO;
        scale = 0;
        disp = 0;
        seg = (byte) (override >= 0 ? override : Cpu.DS);
        simple = codeSize == 8 && addrSize == 8 && seg < Cpu.FS;
        return this;
    }

    void clear(int newOff, int newCodeSize) {
        off = newOff;
        codeSize = newCodeSize;
        length = 0;
        opcode = 0;
        prefix66 = false;
        rep = 0;
        lock = false;
        rex = 0;
        override = -1;
        hasModrm = false;
        modrm = 0;
        reg = 0;
        rm = 0;
        isMem = false;
        simple = false;
        imm = 0;
        imm2 = 0;
    }
}
