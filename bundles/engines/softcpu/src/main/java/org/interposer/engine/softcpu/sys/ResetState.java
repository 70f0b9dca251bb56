package org.interposer.engine.softcpu.sys;

import java.util.Arrays;
import org.interposer.engine.softcpu.cpu.Control;
import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Flags;
import org.interposer.engine.softcpu.cpu.Msrs;

/** The states after power-on, INIT and start-up (SDM vol. 3 table 9-1, §8.4.3). */
public final class ResetState {
    private static final int CODE = 0x9b, DATA = 0x93, LDT = 0x82, TSS = 0x8b;
    private static final long CACHE = Control.CR0_CD | Control.CR0_NW;
    private static final int MXCSR = 0x1f80;
    private static final int VECTOR_SHIFT = 4;

    private ResetState() {}

    /** Power-on. */
    public static void powerOn(Cpu c) {
        c.cr0 = CACHE;
        Msrs m = c.msrs;
        m.sysenterCs = 0;
        m.sysenterEsp = 0;
        m.sysenterEip = 0;
        m.star = 0;
        m.lstar = 0;
        m.cstar = 0;
        m.sfmask = 0;
        m.kernelGsBase = 0;
        m.tscAux = 0;
        KeptMsrs.reset(m);
        c.x87.fninit();
        Arrays.fill(c.xmm, 0);
        c.sse.loadMxcsr(MXCSR);
        init(c);
    }

    /** INIT: MSRs, x87 and SSE stay, CR0 keeps its cache bits. */
    public static void init(Cpu c) {
        Arrays.fill(c.r, 0);
        int[] version = new int[4];
        c.env.cpuid(1, 0, version);
        c.r[Cpu.RDX] = version[0] & 0xffff_ffffL;
        c.rip = 0xfff0;
        Flags.set(c, 2);
        c.cr0 = c.cr0 & CACHE | Control.CR0_ET;
        c.cr2 = 0;
        c.cr3 = 0;
        c.cr4 = 0;
        c.efer = 0;
        c.env.setCr8(0);
        for (int i = 0; i < c.seg.length; i++) {
            c.seg[i].set(0, 0xffff, DATA);
        }
        c.seg[Cpu.CS].set(0xf000, 0xffff, CODE);
        c.r[Cpu.SEG_BASE + Cpu.CS] = 0xffff_0000L;
        c.ldtr.set(0, 0xffff, LDT);
        c.ldtBase = 0;
        c.tr.set(0, 0xffff, TSS);
        c.trBase = 0;
        c.gdtBase = 0;
        c.gdtLimit = 0xffff;
        c.idtBase = 0;
        c.idtLimit = 0xffff;
        Arrays.fill(c.dr, 0);
        c.dr[6] = 0xffff_0ff0L;
        c.dr[7] = 0x400;
        c.cpl = 0;
        c.halted = false;
        c.shadow = false;
        c.stackShadow = false;
        c.nmiMasked = false;
        c.pendingDebug = 0;
        StateTransfer.refresh(c);
    }

    /** Start-up: real mode at a page below 1 MiB, after INIT. */
    public static void startUp(Cpu c, long address) {
        c.seg[Cpu.CS].set((int) (address >>> VECTOR_SHIFT), 0xffff, CODE);
        c.r[Cpu.SEG_BASE + Cpu.CS] = address;
        c.rip = 0;
        StateTransfer.refresh(c);
    }
}
