package org.interposer.engine.softcpu.sys;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Msrs;

/** Reads and writes model-specific registers by index (SDM vol. 4). */
final class ModelSpecific {
    private ModelSpecific() {}

    /** False for #GP. */
    static boolean read(Cpu c, int index, long[] result) {
        Msrs m = c.msrs;
        switch (index) {
            case Msrs.EFER -> result[0] = c.efer;
            case Msrs.STAR -> result[0] = m.star;
            case Msrs.LSTAR -> result[0] = m.lstar;
            case Msrs.CSTAR -> result[0] = m.cstar;
            case Msrs.SFMASK -> result[0] = m.sfmask;
            case Msrs.FS_BASE -> result[0] = c.r[Cpu.SEG_BASE + Cpu.FS];
            case Msrs.GS_BASE -> result[0] = c.r[Cpu.SEG_BASE + Cpu.GS];
            case Msrs.KERNEL_GS_BASE -> result[0] = m.kernelGsBase;
            case Msrs.TSC_AUX -> result[0] = m.tscAux;
            case Msrs.SYSENTER_CS -> result[0] = m.sysenterCs;
            case Msrs.SYSENTER_ESP -> result[0] = m.sysenterEsp;
            case Msrs.SYSENTER_EIP -> result[0] = m.sysenterEip;
            case Msrs.TSC -> result[0] = c.env.tsc();
            default -> {
                return readOther(c, index, result);
            }
        }
        return true;
    }

    private static boolean readOther(Cpu c, int index, long[] result) {
        Long kept = c.msrs.kept.get(index);
        if (kept != null) {
            result[0] = kept;
            return true;
        }
        if (KeptMsrs.readsZero(index)) {
            result[0] = 0;
            return true;
        }
        return c.env.readMsr(index, result);
    }

    /** False for #GP. */
    static boolean write(Cpu c, int index, long value) {
        Msrs m = c.msrs;
        switch (index) {
            case Msrs.EFER -> ControlRegisters.writeEfer(c, value);
            case Msrs.STAR -> m.star = value;
            case Msrs.SFMASK -> m.sfmask = value & 0xffff_ffffL;
            case Msrs.SYSENTER_CS -> m.sysenterCs = value & 0xffff_ffffL;
            case Msrs.TSC -> writeTsc(c, value);
            case Msrs.TSC_ADJUST -> {
                long delta = value - m.kept.getOrDefault(index, 0L);
                c.env.setTsc(c.env.tsc() + delta);
                m.kept.put(index, value);
            }
            case Msrs.TSC_AUX -> {
                if (value >>> 32 != 0) {
                    return false;
                }
                m.tscAux = value;
            }
            case Msrs.LSTAR,
                    Msrs.CSTAR,
                    Msrs.FS_BASE,
                    Msrs.GS_BASE,
                    Msrs.KERNEL_GS_BASE,
                    Msrs.SYSENTER_ESP,
                    Msrs.SYSENTER_EIP -> {
                return Segmentation.canonical(value) && writeAddress(c, index, value);
            }
            default -> {
                return writeOther(c, index, value);
            }
        }
        return true;
    }

    private static void writeTsc(Cpu c, long value) {
        long delta = value - c.env.tsc();
        c.env.setTsc(value);
        c.msrs.kept.merge(Msrs.TSC_ADJUST, delta, Long::sum);
    }

    private static boolean writeAddress(Cpu c, int index, long value) {
        Msrs m = c.msrs;
        switch (index) {
            case Msrs.LSTAR -> m.lstar = value;
            case Msrs.CSTAR -> m.cstar = value;
            case Msrs.FS_BASE -> c.r[Cpu.SEG_BASE + Cpu.FS] = value;
            case Msrs.GS_BASE -> c.r[Cpu.SEG_BASE + Cpu.GS] = value;
            case Msrs.KERNEL_GS_BASE -> m.kernelGsBase = value;
            case Msrs.SYSENTER_ESP -> m.sysenterEsp = value;
            default -> m.sysenterEip = value;
        }
        return true;
    }

    private static boolean writeOther(Cpu c, int index, long value) {
        Long kept = c.msrs.kept.get(index);
        if (kept != null) {
            return KeptMsrs.write(c.msrs, index, kept, value);
        }
        if (KeptMsrs.readsZero(index)) {
            return true;
        }
        boolean taken = c.env.writeMsr(index, value);
        // The local APIC may have an interrupt to deliver now.
        c.stop();
        return taken;
    }
}
