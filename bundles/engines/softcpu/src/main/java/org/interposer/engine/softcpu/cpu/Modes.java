package org.interposer.engine.softcpu.cpu;

/** What follows from the control registers, CS, SS and the privilege level. */
public final class Modes {
    private Modes() {}

    /** Brings the derived fields up to date; after any change of those registers. */
    public static void update(Cpu c) {
        Segment cs = c.seg[Cpu.CS];
        if (c.longMode() && cs.has(Segment.L)) {
            c.codeSize = 8;
            c.ipMask = -1L;
            c.stackMask = -1L;
        } else {
            boolean big = cs.has(Segment.DB) && c.protectedMode() && !c.v86();
            c.codeSize = big ? 4 : 2;
            // An address beyond the low 64 KiB can be reached in 16-bit code and then faults by
            // limit.
            c.ipMask = 0xffff_ffffL;
            c.stackMask = c.seg[Cpu.SS].has(Segment.DB) ? 0xffff_ffffL : 0xffff;
        }
        c.codeLimited = c.codeSize != 8 && cs.limit != -1;
        traps(c);
        c.mmu.select();
        c.code.newMode();
    }

    /** Which x87 and SSE instructions fault (SDM vol. 3 §2.5 table 2-2, vol. 3 §13.1.3). */
    public static void traps(Cpu c) {
        boolean em = (c.cr0 & Control.CR0_EM) != 0;
        boolean ts = (c.cr0 & Control.CR0_TS) != 0;
        c.fpuTrap = em || ts ? GuestFault.NM : 0;
        if (em || (c.cr4 & Control.CR4_OSFXSR) == 0) {
            c.sseTrap = GuestFault.UD;
        } else {
            c.sseTrap = ts ? GuestFault.NM : 0;
        }
    }

    /** The privilege level has changed, and nothing else. */
    public static void setCpl(Cpu c, int cpl) {
        c.cpl = cpl;
        c.mmu.select();
        c.code.newMode();
    }
}
