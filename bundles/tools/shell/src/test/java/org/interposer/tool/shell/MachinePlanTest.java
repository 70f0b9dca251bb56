package org.interposer.tool.shell;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MachinePlanTest {
    @TempDir Path folder;

    @BeforeEach
    void files() throws IOException {
        Files.writeString(folder.resolve("vmlinuz"), "k");
        Files.writeString(folder.resolve("disk.img"), "d");
    }

    @Test
    void aMachineWithADiskBecomesOneConfigurationAPart() {
        MachinePlan plan =
                plan(
                        "demo --kernel vmlinuz --memory 1G --cpus 2 --queues 2 --debug-exit"
                                + " --disk file:disk.img,direct --disk memory:64M,id=scratch");
        assertEquals(
                List.of(
                        "org.interposer.machine~demo",
                        "org.interposer.backend.character.console~demo.console",
                        "org.interposer.frontend.serial~demo.serial0",
                        "org.interposer.backend.block.file~demo.disk0",
                        "org.interposer.frontend.virtio.blk~demo.disk0",
                        "org.interposer.backend.block.memory~scratch",
                        "org.interposer.frontend.virtio.blk~demo.disk1",
                        "org.interposer.frontend.i8042~demo.i8042",
                        "org.interposer.frontend.virtio.rng~demo.rng0",
                        "org.interposer.frontend.debug~demo.debug0"),
                plan.entries().stream().map(e -> e.factoryPid() + "~" + e.name()).toList());
        Map<String, Object> machine = plan.entries().get(0).properties();
        assertEquals(2, machine.get("cpus"));
        assertEquals("1G", machine.get("memory"));
        assertEquals(folder.resolve("vmlinuz").toString(), machine.get("kernel"));
        Map<String, Object> file = plan.entries().get(3).properties();
        assertEquals(folder.resolve("disk.img").toString(), file.get("path"));
        assertEquals(true, file.get("direct"));
        Map<String, Object> disk = plan.entries().get(4).properties();
        assertArrayEquals(new String[] {"demo.disk0"}, (String[]) disk.get("chain"));
        assertEquals(2, disk.get("queues"));
        assertEquals("demo", disk.get("machine"));
        assertTrue(
                plan.entries().stream().allMatch(e -> e.properties().get("owner").equals("demo")));
    }

    @Test
    void aBackEndThatIsThereIsUsedAndNotMade() {
        MachinePlan plan = plan("demo --kernel vmlinuz --no-rng --disk backend:shared");
        assertEquals(List.of("shared"), plan.usedBackends());
        assertEquals(List.of(), plan.newBackends());
    }

    @Test
    void mistakesAreNamedWithTheWayOut() {
        wrong("demo", "--kernel FILE is missing; usage: vm:create NAME");
        wrong("demo --kernel nothing", "nothing is not a file that can be read");
        wrong("de/mo --kernel vmlinuz", "'de/mo' cannot be the name of a machine");
        wrong("demo --kernel vmlinuz --disk disk.img", "does not say what kind of disk it is");
        wrong("demo --kernel vmlinuz --disk floppy:a", "there is no such kind of disk");
        wrong("demo --kernel vmlinuz --disk file:none", "truncate -s 10G");
        wrong("demo --kernel vmlinuz --disk file:disk.img,fast", "'fast' is not an option");
        wrong("demo --kernel vmlinuz --disk memory:many", "'many' is not a size");
        wrong(
                "demo --kernel vmlinuz --disk memory:1M,id=a --disk memory:1M,id=a",
                "two disks have the back-end 'a'");
        wrong("demo --kernel vmlinuz --cpus 0", "--cpus is 0, not in 1–255");
    }

    private MachinePlan plan(String line) {
        List<String> words = new ArrayList<>(List.of(line.split(" ")));
        return MachinePlan.of(
                Arguments.parse(MachinePlan.USAGE, words.toArray(String[]::new)), folder, Map::of);
    }

    private void wrong(String line, String expected) {
        String message =
                assertThrows(IllegalArgumentException.class, () -> plan(line)).getMessage();
        assertTrue(message.contains(expected), message);
    }
}
