package org.interposer.core.acpi;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.interposer.api.acpi.AcpiTopology;

/** The static tables (ACPI 6.5 §5.2). */
final class Tables {
    private static final long LOCAL_APIC = 0xFEE0_0000L;
    private static final long IOAPIC = 0xFEC0_0000L;
    private static final int FIRST_X2APIC = 255;
    private static final int ENABLED = 1;

    /** Flags of an interrupt source override: active high, level triggered. */
    private static final int LEVEL_HIGH = 0xD;

    private static final int FADT_LENGTH = 276;

    /** Has WBINVD, C1, a fixed power button, no sleep button, 32-bit PM timer, a reset register. */
    private static final int FADT_FLAGS = 1 | 1 << 2 | 1 << 5 | 1 << 8 | 1 << 10;

    /**
     * Legacy devices and an i8042 may be there, VGA is not. To look for an i8042 that is not there
     * does no harm.
     */
    private static final int BOOT_FLAGS = 1 | 1 << 1 | 1 << 2;

    private static final int CENTURY = 0x32;
    private static final int NO_C2 = 101;
    private static final int NO_C3 = 1001;

    private Tables() {}

    /** Root pointer (§5.2.5.3), revision 2, XSDT only. */
    static byte[] rsdp(long xsdt) {
        ByteBuffer rsdp = ByteBuffer.allocate(36).order(ByteOrder.LITTLE_ENDIAN);
        rsdp.put("RSD PTR ".getBytes(US_ASCII)).put((byte) 0).put("INTPSR".getBytes(US_ASCII));
        rsdp.put((byte) 2).putInt(0).putInt(36).putLong(xsdt);
        byte[] bytes = rsdp.array();
        bytes[8] = Table.checksum(bytes, 20);
        bytes[32] = Table.checksum(bytes, 36);
        return bytes;
    }

    static byte[] xsdt(List<Long> tables) {
        Table xsdt = new Table("XSDT", 1);
        tables.forEach(xsdt::u64);
        return xsdt.finish();
    }

    /** Fixed description (§5.2.9); always in ACPI mode, so no SMI command port. */
    static byte[] fadt(AcpiTopology topology, long facs, long dsdt) {
        int pm = topology.pmBase();
        Table fadt = new Table("FACP", 6);
        fadt.u32(facs).u32(dsdt).u8(0).u8(0).u16(topology.sciGsi()).u32(0);
        fadt.u8(0).u8(0).u8(0).u8(0);
        fadt.u32(pm).u32(0).u32(pm + 4).u32(0).u32(0).u32(pm + 8).u32(0).u32(0);
        fadt.u8(4).u8(2).u8(0).u8(4).u8(0).u8(0).u8(0).u8(0);
        fadt.u16(NO_C2).u16(NO_C3).u16(0).u16(0).u8(0).u8(0).u8(0).u8(0).u8(CENTURY);
        fadt.u16(BOOT_FLAGS).u8(0).u32(FADT_FLAGS);
        fadt.port(AcpiTopology.RESET_PORT, 8, 1).u8(AcpiTopology.RESET_VALUE);
        fadt.u16(0).u8(3);
        fadt.u64(0).u64(dsdt);
        fadt.port(pm, 32, 2).upTo(172).port(pm + 4, 16, 2).upTo(208).port(pm + 8, 32, 3);
        return fadt.upTo(FADT_LENGTH).finish();
    }

    /** Firmware control structure (§5.2.10): no waking vector, no global lock. */
    static byte[] facs() {
        ByteBuffer facs = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        facs.put("FACS".getBytes(US_ASCII)).putInt(64).put(32, (byte) 2);
        return facs.array();
    }

    /** Interrupt controllers (§5.2.12): APIC id = vCPU; ISA IRQ 0 is IOAPIC pin 2; LINT1 is NMI. */
    static byte[] madt(AcpiTopology topology) {
        Table madt = new Table("APIC", 5).u32(LOCAL_APIC).u32(1);
        for (int cpu = 0; cpu < topology.cpus(); cpu++) {
            if (cpu < FIRST_X2APIC) {
                madt.u8(0).u8(8).u8(cpu).u8(cpu).u32(ENABLED);
            } else {
                madt.u8(9).u8(16).u16(0).u32(cpu).u32(ENABLED).u32(cpu);
            }
        }
        madt.u8(1).u8(12).u8(0).u8(0).u32(IOAPIC).u32(0);
        override(madt, 0, 2, 0);
        override(madt, topology.sciGsi(), topology.sciGsi(), LEVEL_HIGH);
        madt.u8(4).u8(6).u8(0xFF).u16(0).u8(1);
        if (topology.cpus() > FIRST_X2APIC) {
            madt.u8(10).u8(12).u16(0).u32(-1).u8(1).u8(0).u16(0);
        }
        return madt.finish();
    }

    private static void override(Table madt, int irq, int gsi, int flags) {
        madt.u8(2).u8(10).u8(0).u8(irq).u32(gsi).u16(flags);
    }

    /** Memory-mapped configuration space (PCI Firmware 3.0 §4.1.2): buses 0–255 of segment 0. */
    static byte[] mcfg(long ecam) {
        return new Table("MCFG", 1).u64(0).u64(ecam).u16(0).u8(0).u8(0xFF).u32(0).finish();
    }

    /** The definition block; revision 2 means 64-bit integers. */
    static byte[] dsdt(AcpiTopology topology) {
        return new Table("DSDT", 2).raw(Dsdt.body(topology)).finish();
    }
}
