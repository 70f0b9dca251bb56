package org.interposer.api.irq;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * What interrupt controllers in user space need from the engine. Called on any thread; must not
 * block.
 */
@ConsumerType
public interface IrqchipHost {
    /** The vCPU must look at its local APIC again: leave guest mode, or wake from HLT. */
    void kick(int cpu);

    /** INIT IPI. */
    void init(int cpu);

    /**
     * Start-up IPI with its vector: execution begins at {@code vector << 12} in real mode if the
     * vCPU waits for it.
     */
    void startup(int cpu, int vector);

    /** Non-maskable interrupt. */
    void nmi(int cpu);

    /** System management interrupt; ignored by engines without SMM. */
    void smi(int cpu);

    /** Split mode: hands a message to the local APICs in the kernel. */
    void deliver(MsiMessage message);

    /** Split mode: the IOAPIC's redirection table changed; see {@link Irqchip#ioapicRoutes}. */
    void routesChanged();

    /** TSC value of a vCPU now, for the deadline timer. */
    long tsc(int cpu);

    /** TSC frequency in kHz. */
    long tscKhz();
}
