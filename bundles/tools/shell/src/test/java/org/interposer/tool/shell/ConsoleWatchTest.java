package org.interposer.tool.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ConsoleWatchTest {
    private final List<String> lines = new ArrayList<>();
    private final ConsoleWatch watch = new ConsoleWatch("login:", lines::add);

    @Test
    void seesATextThatComesInPiecesAndWithoutAnEndOfLine() throws Exception {
        print("boot\r\nhost log");
        assertFalse(watch.await(1));
        print("in: ");
        assertTrue(watch.await(1));
        assertEquals(List.of("boot"), lines);
    }

    @Test
    void doesNotSeeATextAcrossTwoLines() throws Exception {
        print("log\nin:\n");
        assertFalse(watch.await(1));
    }

    @Test
    void remembersThatItSawTheText() throws Exception {
        print("login: root\nwelcome\n");
        assertTrue(watch.await(0));
    }

    private void print(String text) throws IOException {
        watch.write(text.getBytes(StandardCharsets.UTF_8));
    }
}
