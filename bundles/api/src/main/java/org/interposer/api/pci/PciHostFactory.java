package org.interposer.api.pci;

import java.util.OptionalLong;
import org.interposer.api.bus.IoBus;
import org.interposer.api.irq.InterruptController;
import org.osgi.annotation.versioning.ProviderType;

/** Service that makes the PCI hierarchy of a machine. Thread-safe. */
@ProviderType
public interface PciHostFactory {
    /** Start of the 32-bit window for BARs. */
    long MMIO_WINDOW_START = 0xE000_0000L;

    /** End (exclusive) of the 32-bit window for BARs. */
    long MMIO_WINDOW_END = 0xFE00_0000L;

    /** Default ECAM base: 256 buses × 1 MiB. */
    long ECAM_BASE = 0xD000_0000L;

    /**
     * Makes host bridge and ISA bridge on the bus.
     *
     * @param ecam base of the memory-mapped configuration space, empty for mechanism #1 only
     */
    PciHost create(IoBus bus, InterruptController irq, OptionalLong ecam);
}
