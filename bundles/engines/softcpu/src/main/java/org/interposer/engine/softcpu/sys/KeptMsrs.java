package org.interposer.engine.softcpu.sys;

import java.util.Map;
import org.interposer.engine.softcpu.cpu.Msrs;

/**
 * Registers that firmware and kernels touch but that steer nothing here: memory types (everything
 * is cached coherently), machine check, microcode. They take what a processor would take and keep
 * it.
 */
final class KeptMsrs {
    private static final int PLATFORM_ID = 0x17, FEATURE_CONTROL = 0x3a, UCODE_REVISION = 0x8b;
    private static final int PLATFORM_INFO = 0xce, MTRR_CAP = 0xfe, MISC_ENABLE = 0x1a0;
    private static final int MCG_CAP = 0x179, MCG_STATUS = 0x17a, MCG_CTL = 0x17b;
    private static final int DEBUGCTL = 0x1d9, MTRR_DEF_TYPE = 0x2ff;
    private static final int MTRR_RANGES = 0x200, RANGES = 8;
    private static final int MTRR_FIX_64K = 0x250, MTRR_FIX_16K = 0x258, MTRR_FIX_4K = 0x268;
    private static final int MC_BANKS = 0x400, BANKS = 10, BANK_REGISTERS = 4;
    private static final long PAT_RESET = 0x0007_0406_0007_0406L;

    /** Fixed ranges, write combining, 8 variable ranges. */
    private static final long MTRR_CAPABILITIES = 0x500 | RANGES;

    /** MCG_CTL is there. */
    private static final long MCG_CAPABILITIES = 0x100 | BANKS;

    /** Branch trace and precise events are not there; read-only. */
    private static final long MISC_FIXED = 1 << 11 | 1 << 12;

    private static final long FAST_STRINGS = 1;
    private static final long PHYSICAL = (1L << 48) - 1;

    private KeptMsrs() {}

    /** Puts in the values after power-on. */
    static void reset(Msrs m) {
        Map<Integer, Long> k = m.kept;
        k.clear();
        k.put(Msrs.TSC_ADJUST, 0L);
        k.put(Msrs.PAT, PAT_RESET);
        k.put(PLATFORM_ID, 0L);
        k.put(PLATFORM_INFO, 0L);
        k.put(FEATURE_CONTROL, 1L); // Locked, without VMX.
        k.put(UCODE_REVISION, 1L << 32);
        k.put(MISC_ENABLE, MISC_FIXED | FAST_STRINGS);
        k.put(DEBUGCTL, 0L);
        k.put(MTRR_CAP, MTRR_CAPABILITIES);
        k.put(MTRR_DEF_TYPE, 0L);
        for (int i = 0; i < 2 * RANGES; i++) {
            k.put(MTRR_RANGES + i, 0L);
        }
        k.put(MTRR_FIX_64K, 0L);
        k.put(MTRR_FIX_16K, 0L);
        k.put(MTRR_FIX_16K + 1, 0L);
        for (int i = 0; i < 8; i++) {
            k.put(MTRR_FIX_4K + i, 0L);
        }
        k.put(MCG_CAP, MCG_CAPABILITIES);
        k.put(MCG_STATUS, 0L);
        k.put(MCG_CTL, 0L);
        for (int i = 0; i < BANKS * BANK_REGISTERS; i++) {
            k.put(MC_BANKS + i, i % BANK_REGISTERS == 0 ? -1L : 0L);
        }
    }

    /**
     * Of other models, or counters of performance: kernels read 0 from them and write without
     * effect, as on other hypervisors.
     */
    static boolean readsZero(int index) {
        return switch (index) {
            case 0x2a, // EBL_CR_POWERON
                    0xc1, // PERFCTR0
                    0xc2,
                    0x119, // BBL_CR_CTL
                    0x11e, // BBL_CR_CTL3
                    0x186, // EVNTSEL0
                    0x187,
                    0x198, // PERF_STATUS
                    0x199, // PERF_CTL
                    0x19b, // THERM_INTERRUPT
                    0x19c, // THERM_STATUS
                    0x1db, // LASTBRANCHFROMIP
                    0x1dc,
                    0x1dd,
                    0x1de,
                    0xc001_0010, // SYSCFG
                    0xc001_0015, // HWCR
                    0xc001_001f, // NB_CFG
                    0xc001_0020, // PATCH_LOADER
                    0xc001_0055, // INT_PENDING_MSG
                    0xc001_0058, // MMIO_CONF_BASE
                    0xc001_0112, // TSEG_ADDR
                    0xc001_1020, // LS_CFG
                    0xc001_1022, // DC_CFG
                    0xc001_1029, // DE_CFG
                    0xc001_102a -> // BU_CFG2
                    true;
            default -> index >= 0xc001_0000 && index < 0xc001_0008; // K7 counters
        };
    }

    /** What this processor is, as opposed to a state it is in: the guest cannot change it. */
    static boolean isIdentity(int index) {
        return switch (index) {
            case PLATFORM_ID, PLATFORM_INFO, FEATURE_CONTROL, UCODE_REVISION, MTRR_CAP, MCG_CAP ->
                    true;
            default -> false;
        };
    }

    /** Takes a value for a register that is kept; false for #GP. */
    static boolean write(Msrs m, int index, long old, long value) {
        long next = value;
        switch (index) {
            case UCODE_REVISION -> next = old; // Written 0 before CPUID tells it.
            case PLATFORM_ID, PLATFORM_INFO, FEATURE_CONTROL, MTRR_CAP, MCG_CAP -> {
                return false;
            }
            case Msrs.PAT -> {
                if (!types(value, true)) {
                    return false;
                }
            }
            case MISC_ENABLE -> next = value & ~MISC_FIXED | old & MISC_FIXED;
            case DEBUGCTL -> {
                if ((value & ~3L) != 0) {
                    return false;
                }
                next = 0; // Neither last-branch records nor single-step on branches.
            }
            case MTRR_DEF_TYPE -> {
                if ((value & ~0xcffL) != 0 || !type((int) value & 0xff, false)) {
                    return false;
                }
            }
            case MCG_STATUS -> next = value & 7;
            case MCG_CTL -> {
                if (value != 0 && value != -1) {
                    return false;
                }
            }
            default -> {
                if (!rangeOrBank(index, value)) {
                    return false;
                }
            }
        }
        m.kept.put(index, next);
        return true;
    }

    private static boolean rangeOrBank(int index, long value) {
        if (index >= MTRR_RANGES && index < MTRR_RANGES + 2 * RANGES) {
            boolean mask = (index & 1) != 0;
            long low = value & 0xfff;
            boolean valid = mask ? (low & 0x7ff) == 0 : low < 0x100 && type((int) low, false);
            return valid && (value & ~PHYSICAL) == 0;
        }
        if (index >= MTRR_FIX_64K && index < MTRR_FIX_4K + 8) {
            return types(value, false);
        }
        if (index >= MC_BANKS && index < MC_BANKS + BANKS * BANK_REGISTERS) {
            // Control takes all or nothing, status can only be cleared; address and miscellaneous
            // information take any value, as on the AMD processor that CPUID shows (APM vol. 2
            // §9.3).
            return switch (index % BANK_REGISTERS) {
                case 0 -> value == 0 || (value | 0x401) == -1;
                case 1 -> value == 0;
                default -> true;
            };
        }
        return true;
    }

    private static boolean types(long value, boolean pat) {
        for (int shift = 0; shift < 64; shift += 8) {
            if (!type((int) (value >>> shift) & 0xff, pat)) {
                return false;
            }
        }
        return true;
    }

    /** Memory types (SDM vol. 3 §11.3, §11.12.2). */
    private static boolean type(int type, boolean pat) {
        return switch (type) {
            case 0, 1, 4, 5, 6 -> true;
            case 7 -> pat;
            default -> false;
        };
    }
}
