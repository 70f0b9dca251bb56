package org.interposer.engine.softcpu.op;

import org.interposer.engine.softcpu.decode.Insn;

/** Which instructions take LOCK: those that write memory they have read (SDM vol. 2, LOCK). */
final class Lockable {
    private Lockable() {}

    static boolean allows(Insn i) {
        return i.isMem && (i.opcode < 0x100 ? oneByte(i) : twoByte(i));
    }

    private static boolean oneByte(Insn i) {
        int op = i.opcode;
        if (op < 0x40) {
            return (op & 7) < 2 && op < 0x38;
        }
        return switch (op) {
            case 0x80, 0x81, 0x82, 0x83 -> i.ext() != Alu.CMP;
            case 0x86, 0x87 -> true;
            case 0xf6, 0xf7 -> i.ext() == 2 || i.ext() == 3;
            case 0xfe, 0xff -> i.ext() < 2;
            default -> false;
        };
    }

    private static boolean twoByte(Insn i) {
        return switch (i.opcode - Insn.MAP_0F) {
            case 0xab, 0xb3, 0xbb, 0xb0, 0xb1, 0xc0, 0xc1 -> true;
            case 0xba -> i.ext() >= 5;
            case 0xc7 -> i.ext() == 1;
            default -> false;
        };
    }
}
