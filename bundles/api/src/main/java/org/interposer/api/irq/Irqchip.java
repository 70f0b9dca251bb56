package org.interposer.api.irq;

import org.osgi.annotation.versioning.ProviderType;

/**
 * Interrupt controllers in user space ({@link IrqchipMode#SPLIT}: PIC and IOAPIC; {@link
 * IrqchipMode#USER}: all). Thread-safe.
 */
@ProviderType
public interface Irqchip extends InterruptController, AutoCloseable {
    /**
     * The local APIC of a vCPU, for its engine.
     *
     * @throws IllegalStateException in split mode, where the engine has them
     */
    LocalApic localApic(int cpu);

    /** Split mode: a local APIC in the kernel got an EOI for this level-triggered vector. */
    void endOfInterrupt(int vector);

    /** Whether the PIC asserts INTR; one volatile read. */
    boolean picInterruptPending();

    /**
     * INTA cycle of the PIC: its vector, with ISR set; the spurious vector (IRQ 7) when nothing is
     * pending.
     */
    int picAcknowledge();

    /**
     * The IOAPIC pins' messages, in pin order (24), for an engine that routes them itself; masked
     * pins have vector 0.
     */
    java.util.List<MsiMessage> ioapicRoutes();

    /** Takes its registers off the bus. */
    @Override
    void close();
}
