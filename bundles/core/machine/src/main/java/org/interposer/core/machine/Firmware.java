package org.interposer.core.machine;

import java.util.OptionalLong;
import org.interposer.api.acpi.AcpiTables;
import org.interposer.api.acpi.AcpiTopology;
import org.interposer.api.boot.BootException;
import org.interposer.api.boot.BootLoader;
import org.interposer.api.boot.BootSource;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.IoBus;
import org.interposer.api.engine.CpuState;
import org.interposer.api.machine.MachineException;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.pci.PciHost;
import org.interposer.api.pci.PciHostFactory;

/**
 * What firmware would do before the kernel runs: assigns PCI resources, writes the ACPI tables, and
 * loads the kernel.
 */
record Firmware(
        String machine,
        int cpus,
        BootSource source,
        OptionalLong ecam,
        BootLoader loader,
        AcpiTables acpi) {
    private static final int COM1 = 0x3f8;

    /** Prepares the machine; its devices are in the state after power-on. */
    CpuState prepare(GuestMemory memory, PciHost pci, IoBus bus) throws MachineException {
        pci.assignResources();
        long rsdp = acpi.install(topology(bus), pci, memory);
        try {
            return loader.load(source, memory, rsdp);
        } catch (BootException e) {
            throw new MachineException(
                    "machine '" + machine + "' cannot boot: " + e.getMessage(), e);
        }
    }

    private AcpiTopology topology(IoBus bus) {
        boolean serial =
                bus.ranges().stream()
                        .anyMatch(r -> r.space() == AddressSpace.PORT && r.base() == COM1);
        return new AcpiTopology(
                cpus,
                ecam,
                AcpiTopology.PM_BASE,
                AcpiTopology.SCI_GSI,
                PciHostFactory.MMIO_WINDOW_START,
                PciHostFactory.MMIO_WINDOW_END,
                serial ? COM1 : 0);
    }
}
