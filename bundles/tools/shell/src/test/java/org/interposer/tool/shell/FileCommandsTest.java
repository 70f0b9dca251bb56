package org.interposer.tool.shell;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileCommandsTest {
    @TempDir Path folder;
    private final FakeContainer container = new FakeContainer();
    private final FileCommands files = new FileCommands(container::open);

    @BeforeEach
    void workInTheFolder() {
        container.folder = folder;
    }

    @Test
    void copiesContentAndHolesOfAnySize() throws Exception {
        byte[] content = new byte[300_001];
        Arrays.fill(content, 70_000, 70_100, (byte) 7);
        Files.write(folder.resolve("a"), content);
        files.copy(container.session(), "a", "b");
        assertArrayEquals(content, Files.readAllBytes(folder.resolve("b")));
    }

    @Test
    void refusesToReplaceAFileUnlessForced() throws Exception {
        Files.write(folder.resolve("a"), new byte[] {1});
        Files.write(folder.resolve("b"), new byte[] {2, 3});
        Exception refusal =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> files.copy(container.session(), "a", "b"));
        assertTrue(refusal.getMessage().contains("--force"), refusal.getMessage());
        files.copy(container.session(), "a", "b", "--force");
        assertArrayEquals(new byte[] {1}, Files.readAllBytes(folder.resolve("b")));
    }

    @Test
    void neverCopiesAFileOntoItself() throws Exception {
        Files.write(folder.resolve("a"), new byte[] {1});
        assertThrows(
                IllegalArgumentException.class,
                () -> files.copy(container.session(), "a", "a", "--force"));
        assertArrayEquals(new byte[] {1}, Files.readAllBytes(folder.resolve("a")));
    }

    @Test
    void createsAnEmptyImage() throws Exception {
        files.create(container.session(), "disk.img", "3M");
        assertEquals(3 << 20, Files.size(folder.resolve("disk.img")));
    }
}
