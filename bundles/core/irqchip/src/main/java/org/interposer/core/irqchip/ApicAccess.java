package org.interposer.core.irqchip;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * The ways to the registers of a local APIC: its page (SDM vol. 3 §11.4.1) and, in x2APIC mode, its
 * MSRs (§11.12.1). It knows which registers each way has; what they do is the {@link Apic}'s. The
 * vCPU's thread.
 */
final class ApicAccess {
    private static final int FIRST_MSR = 0x800;

    private final Apic apic;
    private final AtomicIntegerArray page;

    ApicAccess(Apic apic, AtomicIntegerArray page) {
        this.apic = apic;
        this.page = page;
    }

    int readMmio(int offset) {
        int register = offset >> 4;
        if (!isAligned(offset)) {
            return 0;
        }
        if (!exists(register)) {
            apic.illegalRegister();
            return 0;
        }
        return apic.read(register);
    }

    void writeMmio(int offset, int value) {
        int register = offset >> 4;
        if (!isAligned(offset)) {
            return;
        }
        if (!exists(register)) {
            apic.illegalRegister();
        } else if (!ApicRegister.isReadOnly(register)) {
            apic.write(register, value);
        }
    }

    private static boolean isAligned(int offset) {
        return (offset & 15) == 0;
    }

    private static boolean exists(int register) {
        return register >= 0 && register < ApicRegister.COUNT && ApicRegister.inPage(register);
    }

    boolean canReadMsr(int index) {
        int register = index - FIRST_MSR;
        return hasMsr(register) && ApicRegister.isReadableMsr(register);
    }

    long readMsr(int index) {
        if (!canReadMsr(index)) {
            throw new IllegalArgumentException(
                    String.format("MSR 0x%x cannot be read now; ask canReadMsr first", index));
        }
        int register = index - FIRST_MSR;
        long low = apic.read(register) & 0xFFFF_FFFFL;
        return register == ApicRegister.ICR
                ? low | (long) page.get(ApicRegister.ICR_HIGH) << 32
                : low;
    }

    /**
     * Writes an MSR.
     *
     * @return false for one that cannot be written or a bit that is reserved
     */
    boolean writeMsr(int index, long value) {
        int register = index - FIRST_MSR;
        if (!hasMsr(register) || !ApicRegister.isWritableMsr(register)) {
            return false;
        }
        boolean isIcr = register == ApicRegister.ICR;
        long allowed = ApicRegister.acceptedByMsr(register) & 0xFFFF_FFFFL;
        if (((isIcr ? value & 0xFFFF_FFFFL : value) & ~allowed) != 0) {
            return false;
        }
        if (isIcr) {
            page.set(ApicRegister.ICR_HIGH, (int) (value >>> 32));
        }
        apic.write(register, (int) value);
        return true;
    }

    private boolean hasMsr(int register) {
        return apic.isX2() && register >= 0 && register < ApicRegister.COUNT;
    }
}
