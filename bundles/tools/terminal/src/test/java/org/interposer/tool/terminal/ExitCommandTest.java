package org.interposer.tool.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ExitCommandTest {
    private final ExitCommand exit = new ExitCommand();

    @Test
    void nothingIsRequestedBeforeItIsCalled() {
        assertEquals(OptionalInt.empty(), exit.requested());
    }

    @Test
    void theStatusIsKeptAndTheScriptIsLeft() {
        assertThrows(ExitCommand.Requested.class, () -> exit.exit(7));
        assertEquals(OptionalInt.of(7), exit.requested());
    }

    @Test
    void aStatusAProcessCannotHaveIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> exit.exit(256));
        assertEquals(OptionalInt.empty(), exit.requested());
    }
}
