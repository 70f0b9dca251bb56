package org.interposer.core.acpi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.interposer.api.bus.AddressSpace;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the reference compiler of ACPI says about the tables. */
final class IaslTest {
    private static final Pattern ROUTE =
            Pattern.compile(
                    "0x(?:000)?([0-9A-F]*?)FFFF,\\s*(Zero|One|0x0[23]),\\s*(?:\\\\_SB\\.)?(LNK[A-D])");

    @TempDir Path folder;

    @BeforeEach
    void findCompiler() {
        boolean found =
                Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                        .anyMatch(dir -> Files.isExecutable(Path.of(dir, "iasl")));
        assumeTrue(found, "iasl is not installed: apt-get install acpica-tools");
    }

    private String iasl(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("iasl"));
        command.addAll(List.of(arguments));
        Path log = folder.resolve("log");
        Process process =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "iasl hangs");
        String output = Files.readString(log);
        assertEquals(0, process.exitValue(), output);
        return output;
    }

    private String disassemble(String table, byte[] content)
            throws IOException, InterruptedException {
        Files.write(folder.resolve(table + ".aml"), content);
        iasl("-d", table + ".aml");
        return Files.readString(folder.resolve(table + ".dsl"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void everyTableDisassemblesAndCompilesWithoutErrorOrWarning(boolean full) throws Exception {
        OptionalLong ecam = full ? OptionalLong.of(InstalledTables.ECAM) : OptionalLong.empty();
        try (InstalledTables machine =
                new InstalledTables(full ? 300 : 1, ecam, full ? 0x3F8 : 0)) {
            for (Map.Entry<String, byte[]> table : machine.tables.entrySet()) {
                String text = disassemble(table.getKey(), table.getValue());
                assertFalse(text.contains("Invalid"), text);
                String log = iasl("-p", "again", table.getKey() + ".dsl");
                assertTrue(log.contains(" 0 Errors") || !log.contains("Errors"), log);
                assertTrue(log.contains(" 0 Warnings") || !log.contains("Warnings"), log);
            }
        }
    }

    @Test
    void theCompilersOwnCodeIsTheSameAsOurs() throws Exception {
        try (InstalledTables machine =
                new InstalledTables(2, OptionalLong.of(InstalledTables.ECAM), 0x3F8)) {
            byte[] ours = machine.tables.get("DSDT");
            disassemble("DSDT", ours);
            iasl("-oa", "-p", "again", "DSDT.dsl");
            byte[] theirs = Files.readAllBytes(folder.resolve("again.aml"));
            assertArrayEquals(body(ours), body(theirs), "but for the header");
        }
    }

    private static byte[] body(byte[] table) {
        return Arrays.copyOfRange(table, Table.HEADER, table.length);
    }

    @Test
    void theDevicesAreThoseOfTheMachine() throws Exception {
        try (InstalledTables machine =
                new InstalledTables(2, OptionalLong.of(InstalledTables.ECAM), 0x2F8)) {
            String text = disassemble("DSDT", machine.tables.get("DSDT"));
            for (String id :
                    List.of("PNP0A03", "PNP0C0F", "PNP0501", "PNP0B00", "PNP0100", "PNP0C02")) {
                assertTrue(text.contains("EisaId (\"" + id + "\")"), id + " in " + text);
            }
            assertTrue(text.contains("0x02F8,"), "the serial port");
            assertTrue(text.contains("0xD0000000"), "ECAM is reserved");
            assertTrue(text.contains("0xFDFFFFFF"), "the end of the window");
            assertTrue(text.contains("Name (\\_S5"), "power off");
        }
        try (InstalledTables machine = new InstalledTables(2, OptionalLong.empty(), 0)) {
            String text = disassemble("DSDT", machine.tables.get("DSDT"));
            assertFalse(text.contains("PNP0501"), "no serial port");
            assertFalse(text.contains("0xD0000000"), "no ECAM");
        }
    }

    @Test
    void theRoutingTableIsTheWiringOfTheBridge() throws Exception {
        try (InstalledTables machine =
                new InstalledTables(1, OptionalLong.of(InstalledTables.ECAM), 0)) {
            machine.bus.write(AddressSpace.PORT, 0xCF8, 4, 0x8000_0860L);
            machine.bus.write(AddressSpace.PORT, 0xCFC, 4, 0x0B0A_0905L);
            Map<String, Integer> links = Map.of("LNKA", 5, "LNKB", 9, "LNKC", 10, "LNKD", 11);
            String text = disassemble("DSDT", machine.tables.get("DSDT"));
            Matcher route = ROUTE.matcher(text);
            int routes = 0;
            while (route.find()) {
                int slot = route.group(1).isEmpty() ? 0 : Integer.parseInt(route.group(1), 16);
                int pin =
                        switch (route.group(2)) {
                            case "Zero" -> 0;
                            case "One" -> 1;
                            default -> Integer.decode(route.group(2));
                        };
                assertEquals(links.get(route.group(3)), machine.pci.gsi(slot, pin + 1));
                routes++;
            }
            assertEquals(128, routes);
        }
    }
}
