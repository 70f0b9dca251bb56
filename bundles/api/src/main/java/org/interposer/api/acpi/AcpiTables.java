package org.interposer.api.acpi;

import org.interposer.api.memory.GuestMemory;
import org.interposer.api.pci.PciHost;
import org.osgi.annotation.versioning.ProviderType;

/** Service that makes ACPI tables. Thread-safe. */
@ProviderType
public interface AcpiTables {
    /**
     * Writes RSDP, XSDT, FADT, MADT, DSDT and, with ECAM, MCFG into guest memory below 1 MiB.
     *
     * @param topology the machine
     * @param pci its PCI bus, for the root's resources
     * @return guest-physical address of the RSDP
     */
    long install(AcpiTopology topology, PciHost pci, GuestMemory memory);
}
