package org.interposer.engine.softcpu.op;

import org.interposer.engine.softcpu.decode.Insn;

/** General registers of any size in the file of 64-bit slots; AH CH DH BH are numbers 16–19. */
public final class Regs {
    private static final int HIGH = 16;

    private Regs() {}

    /** Number of a register operand of a size: without REX, 4–7 of bytes are the high halves. */
    public static byte number(Insn i, int number, int size) {
        return (byte)
                (size == 1 && i.rex == 0 && number >= 4 && number < 8 ? HIGH + number - 4 : number);
    }

    /** Zero-extended. */
    public static long get(long[] r, int number, int size) {
        return switch (size) {
            case 8 -> r[number];
            case 4 -> r[number] & 0xffff_ffffL;
            case 2 -> r[number] & 0xffff;
            default -> number < HIGH ? r[number] & 0xff : r[number - HIGH] >> 8 & 0xff;
        };
    }

    /** Writes as the architecture does: 32 bits clear the upper half, 8 and 16 keep the rest. */
    public static void set(long[] r, int number, int size, long v) {
        switch (size) {
            case 8 -> r[number] = v;
            case 4 -> r[number] = v & 0xffff_ffffL;
            case 2 -> r[number] = r[number] & ~0xffffL | v & 0xffff;
            default -> set8(r, number, v);
        }
    }

    private static void set8(long[] r, int number, long v) {
        if (number < HIGH) {
            r[number] = r[number] & ~0xffL | v & 0xff;
        } else {
            r[number - HIGH] = r[number - HIGH] & ~0xff00L | (v & 0xff) << 8;
        }
    }
}
