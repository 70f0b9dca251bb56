package org.interposer.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateDirectoryTest {
    @TempDir Path folder;

    @Test
    void isMadeWithItsFoldersWhenItIsNotThere() throws IOException {
        Path state = folder.resolve("a/b");
        try (StateDirectory owned = StateDirectory.open(state)) {
            assertEquals(state, owned.path());
            assertTrue(Files.isDirectory(state.resolve("log")));
        }
    }

    @Test
    void isDeletedInTheEndWhenItIsTemporary() throws IOException {
        StateDirectory owned = StateDirectory.temporary();
        Path state = owned.path();
        Files.writeString(owned.resolve("log").resolve("file"), "text");
        owned.close();
        assertTrue(Files.notExists(state));
    }

    @Test
    void hasOneOwnerAtATimeAndNamesIt() throws IOException {
        StateDirectory first = StateDirectory.open(folder);
        IOException refused =
                assertThrows(IOException.class, () -> StateDirectory.open(folder).close());
        assertTrue(refused.getMessage().contains("process " + ProcessHandle.current().pid()));
        first.close();
        StateDirectory.open(folder).close();
    }

    @Test
    void keepsOthersOutAlsoBeforeItsOwnerHasWrittenWhoItIs() throws IOException {
        try (StateDirectory first = StateDirectory.open(folder)) {
            Files.writeString(first.resolve("lock"), "");
            IOException refused =
                    assertThrows(IOException.class, () -> StateDirectory.open(folder).close());
            assertTrue(
                    refused.getMessage().startsWith("another process already uses " + folder),
                    refused.getMessage());
        }
    }
}
