package org.interposer.core.acpi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class TablesTest {
    private static final OptionalLong ECAM = OptionalLong.of(InstalledTables.ECAM);

    private InstalledTables machine;

    private InstalledTables install(int cpus, OptionalLong ecam) throws IOException {
        machine = new InstalledTables(cpus, ecam, 0x3F8);
        return machine;
    }

    @AfterEach
    void free() {
        machine.close();
    }

    private static int sum(byte[] bytes, int length) {
        int sum = 0;
        for (int i = 0; i < length; i++) {
            sum += bytes[i];
        }
        return sum & 0xFF;
    }

    @Test
    void everyChecksumIsRight() throws IOException {
        install(2, ECAM);
        assertEquals(0, sum(machine.rsdp, 20));
        assertEquals(0, sum(machine.rsdp, 36));
        assertEquals(
                List.of("XSDT", "FACP", "APIC", "MCFG", "FACS", "DSDT"),
                new ArrayList<>(machine.tables.keySet()));
        machine.tables.forEach(
                (name, table) -> {
                    if (!name.equals("FACS")) {
                        assertEquals(0, sum(table, table.length), name);
                    }
                });
    }

    @Test
    void theFixedTableNamesThePowerManagementBlockAndTheResetRegister() throws IOException {
        ByteBuffer fadt = install(1, ECAM).get("FACP");
        assertEquals(276, fadt.capacity());
        assertEquals(9, fadt.getShort(46));
        assertEquals(0, fadt.getInt(48), "always in ACPI mode");
        assertEquals(0x600, fadt.getInt(56));
        assertEquals(0x604, fadt.getInt(64));
        assertEquals(0x608, fadt.getInt(76));
        assertEquals(4, fadt.get(88));
        assertEquals(2, fadt.get(89));
        assertEquals(4, fadt.get(91));
        assertEquals(0x32, fadt.get(108));
        assertEquals(1 << 10, fadt.getInt(112) & 1 << 10, "reset register");
        assertEquals(0, fadt.getInt(112) & 1 << 4, "a power button in the fixed hardware");
        assertEquals(1, fadt.get(116), "in ports");
        assertEquals(0xCF9, fadt.getLong(120));
        assertEquals(6, fadt.get(128));
        assertEquals(0x600, fadt.getLong(152));
        assertEquals(0x604, fadt.getLong(176));
        assertEquals(0x608, fadt.getLong(212));
    }

    @Test
    void theInterruptTableHasAProcessorEachAndTheOverrides() throws IOException {
        ByteBuffer madt = install(3, ECAM).get("APIC");
        assertEquals(0xFEE0_0000, madt.getInt(36));
        List<String> entries = new ArrayList<>();
        for (int at = 44; at < madt.capacity(); at += madt.get(at + 1)) {
            StringBuilder entry = new StringBuilder();
            for (int i = 0; i < madt.get(at + 1); i++) {
                entry.append(String.format("%02x", madt.get(at + i)));
            }
            entries.add(entry.toString());
        }
        assertEquals(
                List.of(
                        "0008000001000000",
                        "0008010101000000",
                        "0008020201000000",
                        "010c00000000c0fe00000000",
                        "020a0000020000000000",
                        "020a0009090000000d00",
                        "0406ff000001"),
                entries);
    }

    @Test
    void processorsBeyond254HaveX2ApicEntries() throws IOException {
        ByteBuffer madt = install(257, ECAM).get("APIC");
        int local = 0;
        int wide = 0;
        for (int at = 44; at < madt.capacity(); at += madt.get(at + 1)) {
            local += madt.get(at) == 0 ? 1 : 0;
            wide += madt.get(at) == 9 ? 1 : 0;
        }
        assertEquals(255, local);
        assertEquals(2, wide);
    }

    @Test
    void configurationSpaceIsDescribedOnlyWhereItIs() throws IOException {
        ByteBuffer mcfg = install(1, ECAM).get("MCFG");
        assertEquals(InstalledTables.ECAM, mcfg.getLong(44));
        assertEquals(0xFF, mcfg.get(55) & 0xFF);
        machine.close();
        assertFalse(install(1, OptionalLong.empty()).tables.containsKey("MCFG"));
    }

    @Test
    void theTablesLieBetweenTheBiosAreasLimits() throws IOException {
        install(255, ECAM);
        int bytes = machine.tables.values().stream().mapToInt(t -> t.length + 64).sum();
        assertTrue(bytes < 0x2_0000, bytes + " bytes");
    }
}
