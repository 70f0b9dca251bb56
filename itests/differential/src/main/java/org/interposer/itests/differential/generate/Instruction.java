package org.interposer.itests.differential.generate;

import java.io.ByteArrayOutputStream;

/** One instruction in the making: its fields, then its bytes. */
final class Instruction {
    private final ByteArrayOutputStream legacy = new ByteArrayOutputStream();
    private final ByteArrayOutputStream immediates = new ByteArrayOutputStream();
    private int rex;
    private boolean rexPresent;
    private int[] opcode = {};
    private int modRm = -1;
    private int sib = -1;
    private int displacement;
    private int displacementSize;
    private boolean ripRelative;

    void prefix(final int value) {
        legacy.write(value);
    }

    void rex(final int bits) {
        rex |= bits;
        rexPresent = true;
    }

    boolean hasRex() {
        return rexPresent;
    }

    void opcode(final int... bytes) {
        opcode = bytes.clone();
    }

    /** A register in the last opcode byte. */
    void opcodeRegister(final int register) {
        opcode[opcode.length - 1] |= register & 7;
        extend(register, 1);
    }

    private void extend(final int register, final int bit) {
        if (register >= 8) {
            rex(bit);
        }
    }

    /** ModRM.reg. */
    void reg(final int register) {
        modRm = Math.max(modRm, 0) | (register & 7) << 3;
        extend(register, 4);
    }

    /** ModRM.rm as a register. */
    void rm(final int register) {
        modRm = Math.max(modRm, 0) | 0xc0 | register & 7;
        extend(register, 1);
    }

    /** Memory at base + index * 2^shift + displacement; -1 for no register. */
    void memory(final int base, final int index, final int shift, final int offset) {
        displacement = offset;
        final boolean needSib = index >= 0 || base < 0 || (base & 7) == 4;
        if (base < 0) {
            displacementSize = 4;
        } else if (offset == 0 && (base & 7) != 5) {
            displacementSize = 0;
        } else {
            displacementSize = offset == (byte) offset ? 1 : 4;
        }
        final int mod = base < 0 ? 0 : displacementSize == 4 ? 2 : displacementSize;
        modRm = Math.max(modRm, 0) | mod << 6 | (needSib ? 4 : base & 7);
        if (needSib) {
            sib = shift << 6 | (index < 0 ? 4 : index & 7) << 3 | (base < 0 ? 5 : base & 7);
            extend(index, 2);
        }
        extend(base, 1);
    }

    /** Memory at an absolute address, encoded relative to RIP. */
    void ripRelative(final int target) {
        modRm = Math.max(modRm, 0) | 5;
        displacement = target;
        displacementSize = 4;
        ripRelative = true;
    }

    void immediate(final long value, final int size) {
        for (int i = 0; i < size; i++) {
            immediates.write((int) (value >> 8 * i));
        }
    }

    int immediateBytes() {
        return immediates.size();
    }

    int length() {
        return legacy.size()
                + (rexPresent ? 1 : 0)
                + opcode.length
                + (modRm < 0 ? 0 : 1)
                + (sib < 0 ? 0 : 1)
                + displacementSize
                + immediates.size();
    }

    /** The bytes, for this place. */
    byte[] bytes(final int address) {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(legacy.toByteArray());
        if (rexPresent) {
            out.write(0x40 | rex);
        }
        for (final int value : opcode) {
            out.write(value);
        }
        if (modRm >= 0) {
            out.write(modRm);
        }
        if (sib >= 0) {
            out.write(sib);
        }
        final int value = ripRelative ? displacement - (address + length()) : displacement;
        for (int i = 0; i < displacementSize; i++) {
            out.write(value >> 8 * i);
        }
        out.writeBytes(immediates.toByteArray());
        return out.toByteArray();
    }

    /** {@code mov qword [target], value}, or fewer bytes of it. */
    static byte[] store(final int target, final int value, final int size) {
        final Instruction move = new Instruction();
        if (size == 2) {
            move.prefix(0x66);
        } else if (size == 8) {
            move.rex(8);
        }
        move.opcode(0xc7);
        move.memory(-1, -1, 0, target);
        move.immediate(value, Math.min(size, 4));
        return move.bytes(0);
    }

    /** {@code mov register, value}. */
    static byte[] load(final int register, final long value) {
        final Instruction move = new Instruction();
        final boolean narrow = value == (value & 0xffffffffL);
        if (!narrow) {
            move.rex(8);
        }
        move.opcode(0xb8);
        move.opcodeRegister(register);
        move.immediate(value, narrow ? 4 : 8);
        return move.bytes(0);
    }
}
