package org.interposer.core.acpi;

import java.util.ArrayList;
import java.util.List;
import org.interposer.api.acpi.AcpiTables;
import org.interposer.api.acpi.AcpiTopology;
import org.interposer.api.boot.E820;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.pci.PciHost;
import org.osgi.service.component.annotations.Component;

/** Writes the tables of a machine to where a guest looks for them. Stateless, any thread. */
@Component
public final class TopologyAcpiTables implements AcpiTables {
    private static final long END = 1 << 20;
    private static final int ALIGNMENT = 64;

    @Override
    public long install(AcpiTopology topology, PciHost pci, GuestMemory memory) {
        long rsdp = E820.TABLES_START;
        Writer writer = new Writer(memory, rsdp + ALIGNMENT);
        long facs = writer.put(Tables.facs());
        long dsdt = writer.put(Tables.dsdt(topology));
        List<Long> tables = new ArrayList<>();
        tables.add(writer.put(Tables.fadt(topology, facs, dsdt)));
        tables.add(writer.put(Tables.madt(topology)));
        topology.ecam().ifPresent(base -> tables.add(writer.put(Tables.mcfg(base))));
        long xsdt = writer.put(Tables.xsdt(tables));
        writer.write(rsdp, Tables.rsdp(xsdt));
        return rsdp;
    }

    /** Puts one table behind the other. */
    private static final class Writer {
        private final GuestMemory memory;
        private long next;

        Writer(GuestMemory memory, long start) {
            this.memory = memory;
            next = start;
        }

        long put(byte[] table) {
            long at = next;
            write(at, table);
            next = at + table.length + ALIGNMENT - 1 & -ALIGNMENT;
            return at;
        }

        void write(long at, byte[] table) {
            if (at + table.length > END || !memory.write(at, table, 0, table.length)) {
                throw new IllegalStateException(
                        "no room for the ACPI tables at 0x"
                                + Long.toHexString(at)
                                + ": the machine needs RAM up to 1 MiB");
            }
        }
    }
}
