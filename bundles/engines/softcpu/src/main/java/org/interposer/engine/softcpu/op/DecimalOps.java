package org.interposer.engine.softcpu.op;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Flags;
import org.interposer.engine.softcpu.cpu.GuestFault;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;

/** DAA DAS AAA AAS AAM AAD, outside 64-bit mode (SDM vol. 2). */
final class DecimalOps {
    private DecimalOps() {}

    static Op make(Insn i) {
        int base = (int) i.imm & 0xff;
        return switch (i.low()) {
            case 0x27 -> MiscOps.simple(i, c -> adjustPacked(c, true));
            case 0x2f -> MiscOps.simple(i, c -> adjustPacked(c, false));
            case 0x37 -> MiscOps.simple(i, c -> adjustUnpacked(c, true));
            case 0x3f -> MiscOps.simple(i, c -> adjustUnpacked(c, false));
            case 0xd4 -> MiscOps.simple(i, c -> split(c, base));
            default -> MiscOps.simple(i, c -> join(c, base));
        };
    }

    private static void adjustPacked(Cpu c, boolean added) {
        int al = (int) c.r[Cpu.RAX] & 0xff;
        int before = al;
        boolean cf = Flags.cf(c);
        boolean carry = false;
        boolean half = (al & 0xf) > 9 || Flags.af(c);
        if (half) {
            carry = cf || (added ? al + 6 > 0xff : al < 6);
            al += added ? 6 : -6;
        }
        if (before > 0x99 || cf) {
            al += added ? 0x60 : -0x60;
            carry = true;
        }
        result(c, al, half, carry);
    }

    private static void result(Cpu c, int al, boolean half, boolean carry) {
        Regs.set(c.r, Cpu.RAX, 1, al);
        Alu.logic(c, 1, al);
        long flags = Flags.arithmetic(c);
        Flags.setArithmetic(c, flags | (half ? Flags.AF : 0) | (carry ? Flags.CF : 0));
    }

    private static void adjustUnpacked(Cpu c, boolean added) {
        long ax = c.r[Cpu.RAX] & 0xffff;
        boolean adjust = (ax & 0xf) > 9 || Flags.af(c);
        if (adjust) {
            ax += added ? 0x106 : -0x106;
        }
        Regs.set(c.r, Cpu.RAX, 2, ax & 0xff0f);
        Flags.setArithmetic(c, adjust ? Flags.AF | Flags.CF : 0);
    }

    private static void split(Cpu c, int base) {
        if (base == 0) {
            throw c.fault(GuestFault.DE, 0);
        }
        int al = (int) c.r[Cpu.RAX] & 0xff;
        Regs.set(c.r, Cpu.RAX, 2, (long) al / base << 8 | al % base);
        Alu.logic(c, 1, al % base);
    }

    private static void join(Cpu c, int base) {
        int ax = (int) c.r[Cpu.RAX] & 0xffff;
        int al = (ax & 0xff) + (ax >> 8) * base & 0xff;
        Regs.set(c.r, Cpu.RAX, 2, al);
        Alu.logic(c, 1, al);
    }
}
