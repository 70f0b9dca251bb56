package org.interposer.tool.shell;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.service.metatype.AttributeDefinition;

final class BootPlanTest {
    @TempDir Path folder;

    @BeforeEach
    void files() throws IOException {
        Files.writeString(folder.resolve("k"), "k");
        Files.writeString(folder.resolve("m"), "m");
    }

    private static Map<String, Types.Type> kinds() {
        Map<String, Types.Key> keys = new TreeMap<>();
        for (String key : List.of("machine", "id", "address")) {
            keys.put(
                    key,
                    new Types.Key(key, AttributeDefinition.STRING, false, "", Optional.empty()));
        }
        return Map.of(
                "virtio-rng",
                new Types.Type("rng", "org.interposer.frontend.virtio.rng", "", keys));
    }

    private MachinePlan plan(String... words) {
        Arguments arguments = Arguments.parse(BootPlan.USAGE, BootPlan.joined(words));
        return BootPlan.of(
                arguments,
                folder,
                BootPlan.serial(arguments, folder).console(),
                BootPlanTest::kinds);
    }

    @Test
    void theGuestStopsAtAResetAndItsConsolesAreStandardOutput() {
        MachinePlan plan = plan("--kernel", "k");
        assertEquals("stop", plan.entries().get(0).properties().get("onReset"));
        assertEquals(List.of("serial0", "debug0", "i8042", "rng0"), plan.devices());
        assertEquals("boot.stdio", plan.entries().get(1).properties().get("console"));
        assertEquals("boot.stdio", plan.entries().get(2).properties().get("console"));
        assertEquals(
                "reboot",
                plan("--kernel", "k", "--on-reset", "reboot")
                        .entries()
                        .get(0)
                        .properties()
                        .get("onReset"));
    }

    @Test
    void aModuleTakesItsArgumentsAsOneWordOrAsSeveral() {
        String file = folder.resolve("m").toString();
        for (List<String> words :
                List.of(
                        List.of("--module", "m one two", "--module", "m", "--kernel", "k"),
                        List.of("--module", "m", "one", "two", "--module", "m", "--kernel", "k"))) {
            assertArrayEquals(
                    new String[] {file + " one two", file},
                    (String[])
                            plan(words.toArray(String[]::new))
                                    .entries()
                                    .get(0)
                                    .properties()
                                    .get("modules"));
        }
    }

    @Test
    void aDeviceGetsTheKeysOfItsKind() {
        MachinePlan plan =
                plan(
                        "--kernel",
                        "k",
                        "--no-rng",
                        "--device",
                        "virtio-rng,address=5",
                        "--device",
                        "virtio-rng,id=second");
        assertEquals(
                List.of("serial0", "debug0", "i8042", "virtio-rng0", "second"), plan.devices());
        Configs.Entry entry = plan.entries().get(4);
        assertEquals("org.interposer.frontend.virtio.rng", entry.factoryPid());
        assertEquals("5", entry.properties().get("address"));
        wrong("did you mean virtio-rng?", "--device", "virtio-rgn");
        wrong("the id 'i8042' is taken", "--device", "virtio-rng,id=i8042");
        wrong("has no key 'adress'", "--device", "virtio-rng,adress=5");
    }

    @Test
    void theSerialPortMayBeAFileOrNone() {
        assertEquals(
                List.of("debug0", "i8042", "rng0"),
                plan("--kernel", "k", "--serial", "none").devices());
        Arguments file = Arguments.parse(BootPlan.USAGE, "--serial", "file:out.txt");
        assertEquals(Optional.of(folder.resolve("out.txt")), BootPlan.serial(file, folder).file());
        wrong("it is stdio, file:PATH or none", "--serial", "tty");
        wrong("did you mean --kernel?", "--kernl", "x");
    }

    private void wrong(String expected, String... words) {
        String[] all = new String[words.length + 2];
        all[0] = "--kernel";
        all[1] = "k";
        System.arraycopy(words, 0, all, 2, words.length);
        String message = assertThrows(IllegalArgumentException.class, () -> plan(all)).getMessage();
        assertTrue(message.contains(expected), message);
    }
}
