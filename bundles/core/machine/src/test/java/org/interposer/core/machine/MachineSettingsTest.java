package org.interposer.core.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.interposer.api.irq.IrqchipMode;
import org.junit.jupiter.api.Test;

final class MachineSettingsTest {
    @Test
    void sizesAreReadWithTheirUnits() {
        assertEquals(512L << 20, Configs.settings().memoryBytes());
        assertEquals(2L << 30, Configs.settings("memory", "2G").memoryBytes());
        assertEquals(3L << 20, Configs.settings("memory", "3072k").memoryBytes());
        assertEquals(1L << 20, Configs.settings("memory", "1048576").memoryBytes());
        assertEquals(64L << 20, Configs.settings("memory", "64 MiB").memoryBytes());
    }

    @Test
    void badValuesAreRefusedNamingMachineKeyValueAndWhatItMayBe() {
        refused("memory", "12Q", "machine 'demo': memory: '12Q' is not a size");
        refused("memory", "1K", "memory cannot be '1K'");
        refused("cpus", 0, "cpus cannot be '0'; it is 1 to 255");
        refused("irqchip", "apic", "irqchip cannot be 'apic'; it is auto, kernel, split, user");
        refused("onReset", "maybe", "onReset cannot be 'maybe'; it is reboot or stop");
        refused("cpuModel", "486", "cpuModel cannot be '486'; it is host or v2");
        refused("name", "a b", "'a b' cannot be the name of a machine");
    }

    @Test
    void autoLeavesTheChoiceOpen() {
        assertEquals(Optional.empty(), Configs.settings("engine", "auto").engine());
        assertEquals(Optional.empty(), Configs.settings().irqchip());
        assertEquals(
                Optional.of(IrqchipMode.SPLIT), Configs.settings("irqchip", "Split").irqchip());
    }

    @Test
    void modulesAreFilesWithArguments() {
        var boot =
                Configs.settings(
                                "modules", new String[] {"/a one two", "/b", " "},
                                "initrd", "/i",
                                "cmdline", "quiet")
                        .boot()
                        .orElseThrow();
        assertEquals(Path.of("/i"), boot.initrd().orElseThrow());
        assertEquals(2, boot.modules().size());
        assertEquals("one two", boot.modules().get(0).arguments());
        assertEquals("quiet", boot.commandLine());
    }

    @Test
    void cpuFeaturesAreCollected() {
        assertEquals(
                Set.of("avx512f", "sgx"),
                Configs.settings("cpuRemove", new String[] {"avx512f", " sgx "})
                        .cpuModel()
                        .remove());
    }

    private static void refused(String key, Object value, String expected) {
        String message =
                assertThrows(IllegalArgumentException.class, () -> Configs.settings(key, value))
                        .getMessage();
        assertTrue(message.contains(expected), message);
    }
}
