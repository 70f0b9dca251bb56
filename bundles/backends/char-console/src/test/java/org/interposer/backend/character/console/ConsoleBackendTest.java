package org.interposer.backend.character.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.annotation.Annotation;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConsoleBackendTest {
    @TempDir Path folder;

    @Test
    void aTerminalSeesTheHistoryAndThenWhatComes() throws Exception {
        ConsoleBackend console = console(4096, "");
        print(console, "before ");
        Terminal terminal = new Terminal();
        AutoCloseable attached = console.attach(terminal);
        print(console, "after");
        await(() -> terminal.text().equals("before after"));
        attached.close();
        print(console, " detached");
        assertEquals("before after", terminal.text());
        assertEquals("before after detached", text(console.history()));
        console.close();
    }

    @Test
    void theHistoryKeepsTheLastOutputUpToItsSize() throws Exception {
        ConsoleBackend console = console(4096, "");
        print(console, "x".repeat(3000));
        print(console, "y".repeat(3000));
        assertEquals("x".repeat(1096) + "y".repeat(3000), text(console.history()));
        print(console, "z".repeat(10_000));
        assertEquals("z".repeat(4096), text(console.history()));
        console.close();
    }

    @Test
    void aTerminalThatDoesNotReadNeverDelaysTheGuest() throws Exception {
        ConsoleBackend console = console(4096, "");
        CountDownLatch open = new CountDownLatch(1);
        Terminal stuck =
                new Terminal() {
                    @Override
                    public synchronized void write(byte[] data, int offset, int length) {
                        try {
                            open.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                        super.write(data, offset, length);
                    }
                };
        AutoCloseable attached = console.attach(stuck);
        assertTimeoutPreemptively(
                Duration.ofSeconds(5),
                () -> {
                    for (int i = 0; i < 1000; i++) {
                        print(console, "line " + i + "\n");
                    }
                });
        open.countDown();
        await(() -> stuck.text().endsWith("line 999\n"));
        attached.close();
        console.close();
    }

    @Test
    void inputTheGuestDoesNotTakeIsKeptAndOfferedAgain() throws Exception {
        ConsoleBackend console = console(4096, "");
        assertEquals(4, type(console, "boot"));
        ByteArrayOutputStream guest = new ByteArrayOutputStream();
        AutoCloseable connection =
                console.connect(
                        (data, offset, length) -> {
                            guest.write(data, offset, 1);
                            return 1;
                        });
        type(console, " me");
        await(() -> guest.toString(StandardCharsets.US_ASCII).equals("boot me"));
        connection.close();
        assertEquals(InputQueue.LIMIT, type(console, "q".repeat(InputQueue.LIMIT + 1)));
        assertEquals(0, type(console, "more"));
        console.close();
    }

    @Test
    void aConnectionThatWasReplacedDoesNotCutItsSuccessor() throws Exception {
        ConsoleBackend console = console(4096, "");
        AutoCloseable old = console.connect((data, offset, length) -> length);
        ByteArrayOutputStream guest = new ByteArrayOutputStream();
        console.connect(
                (data, offset, length) -> {
                    guest.write(data, offset, length);
                    return length;
                });
        old.close();
        type(console, "x");
        await(() -> guest.size() == 1);
        console.close();
    }

    @Test
    void allOutputIsInTheLogFileWhenTheConsoleIsClosed() throws Exception {
        Path log = folder.resolve("sub/console.log");
        ConsoleBackend console = console(4096, log.toString());
        print(console, "one\n");
        console.close();
        ConsoleBackend again = console(4096, log.toString());
        print(again, "two\n");
        again.close();
        assertEquals("one\ntwo\n", Files.readString(log));
    }

    @Test
    void badConfigurationIsRefusedWithTheReason() {
        assertTrue(
                assertThrows(IllegalArgumentException.class, () -> console(7, ""))
                        .getMessage()
                        .contains("historyBytes 7"));
        assertTrue(
                assertThrows(IOException.class, () -> console(4096, "/proc/none/log"))
                        .getMessage()
                        .contains("/proc/none/log"));
    }

    private static ConsoleBackend console(int history, String log) throws IOException {
        return new ConsoleBackend(
                new ConsoleConfig() {
                    @Override
                    public String id() {
                        return "c";
                    }

                    @Override
                    public int historyBytes() {
                        return history;
                    }

                    @Override
                    public String logFile() {
                        return log;
                    }

                    @Override
                    public Class<? extends Annotation> annotationType() {
                        return ConsoleConfig.class;
                    }
                });
    }

    private static void print(ConsoleBackend console, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        console.write(bytes, 0, bytes.length);
    }

    private static int type(ConsoleBackend console, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return console.type(bytes, 0, bytes.length);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "not within 10 s");
            Thread.sleep(1);
        }
    }

    private static class Terminal extends OutputStream {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        @Override
        public synchronized void write(int value) {
            bytes.write(value);
        }

        @Override
        public synchronized void write(byte[] data, int offset, int length) {
            bytes.write(data, offset, length);
        }

        String text() {
            return bytes.toString(StandardCharsets.US_ASCII);
        }
    }
}
