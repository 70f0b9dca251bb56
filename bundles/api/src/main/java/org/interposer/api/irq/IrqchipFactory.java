package org.interposer.api.irq;

import org.interposer.api.bus.IoBus;
import org.interposer.api.time.MachineClock;
import org.osgi.annotation.versioning.ProviderType;

/** Service that makes interrupt controllers in user space. Thread-safe. */
@ProviderType
public interface IrqchipFactory {
    /**
     * Makes PIC and IOAPIC on the bus and, in user mode, one local APIC a vCPU (APIC id = vCPU
     * index).
     *
     * @throws IllegalArgumentException for {@link IrqchipMode#KERNEL}
     */
    Irqchip create(IrqchipMode mode, int cpus, IoBus bus, MachineClock clock, IrqchipHost host);
}
