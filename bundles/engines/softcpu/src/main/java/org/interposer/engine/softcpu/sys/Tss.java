package org.interposer.engine.softcpu.sys;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Flags;
import org.interposer.engine.softcpu.cpu.GuestFault;
import org.interposer.engine.softcpu.cpu.Segment;

/** What the processor reads from the task state segment (SDM vol. 3 §7.2, §7.7; vol. 1 §18.5). */
final class Tss {
    private static final int STACKS = 4, STACKS16 = 2, IST = 28, IO_MAP = 102;

    private Tss() {}

    private static boolean wide(Cpu c) {
        return (c.tr.attributes & Segment.TYPE & ~2) == Descriptors.TSS;
    }

    private static long field(Cpu c, int offset, int size) {
        return c.mmu.systemLoad(Descriptors.wrap(c, c.trBase + offset), size);
    }

    private static void need(Cpu c, int last) {
        if (last > (c.tr.limit & 0xffff_ffffL) || !c.tr.usable()) {
            throw Descriptors.fault(c, GuestFault.TS, c.tr.selector);
        }
    }

    /** RSP of a privilege level in long mode. */
    static long rsp(Cpu c, int cpl) {
        need(c, STACKS + cpl * 8 + 7);
        return field(c, STACKS + cpl * 8, 8);
    }

    /** RSP of the interrupt stack table, from 1 on. */
    static long ist(Cpu c, int number) {
        need(c, IST + number * 8 + 7);
        return field(c, IST + number * 8, 8);
    }

    /** ESP of a privilege level outside long mode. */
    static long esp(Cpu c, int cpl) {
        if (wide(c)) {
            need(c, STACKS + cpl * 8 + 5);
            return field(c, STACKS + cpl * 8, 4);
        }
        need(c, STACKS16 + cpl * 4 + 3);
        return field(c, STACKS16 + cpl * 4, 2);
    }

    /** SS of a privilege level outside long mode, after {@link #esp}. */
    static int ss(Cpu c, int cpl) {
        int at = wide(c) ? STACKS + cpl * 8 + 4 : STACKS16 + cpl * 4 + 2;
        return (int) field(c, at, 2);
    }

    /** #GP(0) unless the present code may access a port (SDM vol. 2 IN). */
    static void checkPort(Cpu c, int port, int size) {
        if (!c.protectedMode() || !c.v86() && c.cpl <= Flags.iopl(c)) {
            return;
        }
        long limit = c.tr.limit & 0xffff_ffffL;
        if (!wide(c) || !c.tr.usable() || limit < IO_MAP + 1) {
            throw c.protection();
        }
        long at = field(c, IO_MAP, 2) + (port >> 3);
        if (at + 1 > limit) {
            throw c.protection();
        }
        long bits = field(c, (int) at, 2) >>> (port & 7);
        if ((bits & (1L << size) - 1) != 0) {
            throw c.protection();
        }
    }
}
