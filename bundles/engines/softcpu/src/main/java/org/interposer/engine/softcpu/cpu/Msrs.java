package org.interposer.engine.softcpu.cpu;

import java.util.SortedMap;
import java.util.TreeMap;

/** The model-specific registers that the processor itself uses, and those that it only keeps. */
public final class Msrs {
    public static final int TSC = 0x10, APIC_BASE = 0x1b, TSC_ADJUST = 0x3b;
    public static final int SYSENTER_CS = 0x174, SYSENTER_ESP = 0x175, SYSENTER_EIP = 0x176;
    public static final int PAT = 0x277, TSC_DEADLINE = 0x6e0;
    public static final int EFER = 0xc000_0080, STAR = 0xc000_0081, LSTAR = 0xc000_0082;
    public static final int CSTAR = 0xc000_0083, SFMASK = 0xc000_0084;
    public static final int FS_BASE = 0xc000_0100, GS_BASE = 0xc000_0101;
    public static final int KERNEL_GS_BASE = 0xc000_0102, TSC_AUX = 0xc000_0103;

    public long sysenterCs;
    public long sysenterEsp;
    public long sysenterEip;
    public long star;
    public long lstar;
    public long cstar;
    public long sfmask;
    public long kernelGsBase;
    public long tscAux;

    /** Registers that have no effect here but keep their value: index to value. */
    public final SortedMap<Integer, Long> kept = new TreeMap<>();
}
