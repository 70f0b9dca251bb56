package org.interposer.core.irqchip;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Who a local APIC is: IA32_APIC_BASE with its modes, its id, and which destinations mean it (SDM
 * vol. 3 §11.4.4, §11.6.2, §11.12). Written by the vCPU's thread, read by any.
 */
final class ApicIdentity {
    private static final long BASE_ADDRESS = 0xF_FFFF_FFFF_F000L;
    private static final long DEFAULT_ADDRESS = 0xFEE0_0000L;
    private static final long BSP = 1 << 8;
    private static final long X2APIC = 1 << 10;
    private static final long ENABLED = 1 << 11;
    private static final long WRITABLE = BASE_ADDRESS | BSP | X2APIC | ENABLED;
    private static final int FLAT = 0xF;
    private static final int ANY_CLUSTER = 0xF;

    private final int cpu;
    private final AtomicIntegerArray page;
    private volatile long base;

    ApicIdentity(int cpu, AtomicIntegerArray page) {
        this.cpu = cpu;
        this.page = page;
    }

    int cpu() {
        return cpu;
    }

    long base() {
        return base;
    }

    /** Base after power-on. */
    void reset() {
        base = DEFAULT_ADDRESS | ENABLED | (cpu == 0 ? BSP : 0);
    }

    /** Takes the base without looking at the transition. */
    void set(long value) {
        base = value & WRITABLE;
    }

    boolean isX2() {
        return (base & X2APIC) != 0;
    }

    /** Enabled in hardware. */
    boolean isPresent() {
        return (base & ENABLED) != 0;
    }

    /** Whether the transition to this base is allowed (SDM vol. 3 §11.12.5, figure 11-27). */
    boolean allows(long value) {
        boolean enable = (value & ENABLED) != 0;
        boolean x2 = (value & X2APIC) != 0;
        boolean leavesX2ForXapic = isX2() && enable && !x2;
        boolean skipsXapic = !isPresent() && x2;
        boolean reserved = (value & ~WRITABLE) != 0;
        return !reserved && !(x2 && !enable) && !leavesX2ForXapic && !skipsXapic;
    }

    boolean decodes(long address) {
        long now = base;
        return (now & (ENABLED | X2APIC)) == ENABLED && (address & ~0xFFFL) == (now & BASE_ADDRESS);
    }

    /** Writes the id register, and the logical id as the mode begins with it. */
    void identify() {
        page.set(ApicRegister.ID, id());
        page.set(ApicRegister.LDR, isX2() ? (cpu & ~15) << 12 | 1 << (cpu & 15) : 0);
    }

    /** What the id register shows. */
    int id() {
        return isX2() ? cpu : cpu << 24;
    }

    /** Whether a destination other than broadcast means this one. */
    boolean matches(boolean logical, int destination) {
        if (!logical) {
            return destination == cpu;
        }
        int ldr = page.get(ApicRegister.LDR);
        if (isX2()) {
            return ldr >>> 16 == destination >>> 16 && (ldr & destination & 0xFFFF) != 0;
        }
        int own = ldr >>> 24;
        if (page.get(ApicRegister.DFR) >>> 28 == FLAT) {
            return (own & destination) != 0;
        }
        int cluster = destination >> 4 & 15;
        return (cluster == ANY_CLUSTER || cluster == own >> 4) && (own & destination & 15) != 0;
    }
}
