package org.interposer.engine.softcpu.cpu;

/** Bits of the control registers and of EFER (SDM vol. 3 §2.5, §2.2.1). */
public final class Control {
    public static final long CR0_PE = 1, CR0_MP = 2, CR0_EM = 4, CR0_TS = 8, CR0_ET = 16;
    public static final long CR0_NE = 32, CR0_WP = 1 << 16, CR0_AM = 1 << 18;
    public static final long CR0_NW = 1 << 29, CR0_CD = 1 << 30, CR0_PG = 1L << 31;
    public static final long CR4_VME = 1, CR4_PVI = 2, CR4_TSD = 4, CR4_DE = 8, CR4_PSE = 16;
    public static final long CR4_PAE = 32, CR4_MCE = 64, CR4_PGE = 128, CR4_PCE = 256;
    public static final long CR4_OSFXSR = 512, CR4_OSXMMEXCPT = 1024, CR4_UMIP = 2048;
    public static final long CR4_FSGSBASE = 1 << 16, CR4_SMEP = 1 << 20, CR4_SMAP = 1 << 21;
    public static final long EFER_SCE = 1, EFER_LME = 1 << 8, EFER_LMA = 1 << 10;
    public static final long EFER_NXE = 1 << 11;

    private Control() {}
}
