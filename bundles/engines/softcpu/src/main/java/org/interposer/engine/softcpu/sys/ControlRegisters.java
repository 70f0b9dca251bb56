package org.interposer.engine.softcpu.sys;

import java.util.List;
import org.interposer.engine.softcpu.cpu.Control;
import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Modes;
import org.interposer.engine.softcpu.cpu.Segment;

/** What may be written to control registers and EFER (SDM vol. 3 §2.5, §4.1, §9.8.5). */
final class ControlRegisters {
    private static final int EBX = 1, ECX = 2, EDX = 3;
    private static final long CR0_BITS =
            Control.CR0_PE
                    | Control.CR0_MP
                    | Control.CR0_EM
                    | Control.CR0_TS
                    | Control.CR0_NE
                    | Control.CR0_WP
                    | Control.CR0_AM
                    | Control.CR0_NW
                    | Control.CR0_CD
                    | Control.CR0_PG;

    /** Bits that may be set where CPUID shows a feature. */
    private record Feature(int leaf, int register, int bit, long allows) {}

    private static final List<Feature> CR4_FEATURES =
            List.of(
                    new Feature(1, EDX, 1, Control.CR4_VME | Control.CR4_PVI),
                    new Feature(1, EDX, 2, Control.CR4_DE),
                    new Feature(1, EDX, 3, Control.CR4_PSE),
                    new Feature(1, EDX, 4, Control.CR4_TSD),
                    new Feature(1, EDX, 6, Control.CR4_PAE),
                    new Feature(1, EDX, 7, Control.CR4_MCE),
                    new Feature(1, EDX, 13, Control.CR4_PGE),
                    new Feature(1, EDX, 24, Control.CR4_OSFXSR),
                    new Feature(1, EDX, 25, Control.CR4_OSXMMEXCPT),
                    new Feature(7, EBX, 0, Control.CR4_FSGSBASE),
                    new Feature(7, EBX, 7, Control.CR4_SMEP),
                    new Feature(7, EBX, 20, Control.CR4_SMAP),
                    new Feature(7, ECX, 2, Control.CR4_UMIP));

    private static final List<Feature> EFER_FEATURES =
            List.of(
                    new Feature(0x8000_0001, EDX, 11, Control.EFER_SCE),
                    new Feature(0x8000_0001, EDX, 20, Control.EFER_NXE),
                    new Feature(0x8000_0001, EDX, 29, Control.EFER_LME | Control.EFER_LMA));

    private static final long CR4_TRANSLATION =
            Control.CR4_PAE
                    | Control.CR4_PSE
                    | Control.CR4_PGE
                    | Control.CR4_SMEP
                    | Control.CR4_SMAP;
    private static final long CR0_TRANSLATION =
            Control.CR0_PG | Control.CR0_PE | Control.CR0_WP | Control.CR0_CD | Control.CR0_NW;
    private static final int PHYSICAL_BITS = 48;

    private ControlRegisters() {}

    /** The bits of a value, and perhaps others, whose features the guest has been shown. */
    private static long shown(Cpu c, List<Feature> features, long value) {
        long bits = 0;
        for (Feature feature : features) {
            if ((value & feature.allows) != 0
                    && c.shows(feature.leaf, feature.register, feature.bit)) {
                bits |= feature.allows;
            }
        }
        return bits;
    }

    static void writeCr0(Cpu c, long value) {
        boolean pg = (value & Control.CR0_PG) != 0;
        boolean invalid =
                value >>> 32 != 0
                        || pg && (value & Control.CR0_PE) == 0
                        || (value & (Control.CR0_NW | Control.CR0_CD)) == Control.CR0_NW;
        if (invalid) {
            throw c.protection();
        }
        long next = value & CR0_BITS | Control.CR0_ET;
        long efer = efer(c, pg);
        boolean pae = pg && (c.cr4 & Control.CR4_PAE) != 0 && (efer & Control.EFER_LMA) == 0;
        boolean changed = ((next ^ c.cr0) & CR0_TRANSLATION) != 0;
        if (pae && changed && !c.mmu.loadPdptes(c.cr3)) {
            throw c.protection();
        }
        c.cr0 = next;
        c.efer = efer;
        if (changed) {
            c.mmu.flush();
        }
        Modes.update(c);
    }

    /** EFER after a write to CR0.PG: long mode begins and ends with paging. */
    private static long efer(Cpu c, boolean pg) {
        boolean was = (c.cr0 & Control.CR0_PG) != 0;
        if (pg && !was && (c.efer & Control.EFER_LME) != 0) {
            int task = c.tr.attributes & Segment.TYPE;
            boolean ready = (c.cr4 & Control.CR4_PAE) != 0 && !c.seg[Cpu.CS].has(Segment.L);
            if (!ready || task == Descriptors.TSS16_BUSY) {
                throw c.protection();
            }
            return c.efer | Control.EFER_LMA;
        }
        if (!pg && was && c.longMode()) {
            if (c.code64()) {
                throw c.protection();
            }
            return c.efer & ~Control.EFER_LMA;
        }
        return c.efer;
    }

    static void writeCr3(Cpu c, long value) {
        boolean paging = (c.cr0 & Control.CR0_PG) != 0;
        if (c.longMode() && value >>> PHYSICAL_BITS != 0) {
            throw c.protection();
        }
        boolean pae = paging && (c.cr4 & Control.CR4_PAE) != 0 && !c.longMode();
        if (pae && !c.mmu.loadPdptes(value)) {
            throw c.protection();
        }
        c.cr3 = value;
        c.mmu.flush();
    }

    static void writeCr4(Cpu c, long value) {
        boolean pae = (value & Control.CR4_PAE) != 0;
        long bits = Control.CR4_PCE | shown(c, CR4_FEATURES, value);
        if ((value & ~bits) != 0 || c.longMode() && !pae) {
            throw c.protection();
        }
        boolean changed = ((value ^ c.cr4) & CR4_TRANSLATION) != 0;
        boolean pointers = pae && changed && (c.cr0 & Control.CR0_PG) != 0 && !c.longMode();
        if (pointers && !c.mmu.loadPdptes(c.cr3)) {
            throw c.protection();
        }
        c.cr4 = value;
        if (changed) {
            c.mmu.flush();
        }
        Modes.update(c);
    }

    static void writeCr8(Cpu c, long value) {
        if (value >>> 4 != 0) {
            throw c.protection();
        }
        c.env.setCr8((int) value);
        c.stop();
    }

    static void writeEfer(Cpu c, long value) {
        boolean paging = (c.cr0 & Control.CR0_PG) != 0;
        boolean lme = ((value ^ c.efer) & Control.EFER_LME) != 0;
        if ((value & ~shown(c, EFER_FEATURES, value)) != 0 || paging && lme) {
            throw c.protection();
        }
        boolean nx = ((value ^ c.efer) & Control.EFER_NXE) != 0;
        c.efer = value & ~Control.EFER_LMA | c.efer & Control.EFER_LMA;
        if (nx) {
            c.mmu.flush();
        }
    }
}
