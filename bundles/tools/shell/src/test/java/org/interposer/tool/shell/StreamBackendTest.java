package org.interposer.tool.shell;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.interposer.api.character.CharacterInput;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class StreamBackendTest {
    private final ByteArrayOutputStream taken = new ByteArrayOutputStream();

    /** A guest that takes at most so many bytes at a time. */
    private CharacterInput taking(int most) {
        return (data, offset, length) -> {
            synchronized (taken) {
                int n = Math.min(most, length);
                taken.write(data, offset, n);
                return n;
            }
        };
    }

    private String taken() {
        synchronized (taken) {
            return taken.toString(US_ASCII);
        }
    }

    @Test
    void everythingPrintedIsWrittenBeforeItIsClosed() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        StreamBackend backend = new StreamBackend("x", slow(out));
        byte[] chunk = new byte[100_000];
        for (int i = 0; i < 30; i++) {
            backend.write(chunk, 0, chunk.length);
        }
        backend.close();
        assertEquals(3_000_000, out.size());
        assertEquals(0, backend.lost());
    }

    private static OutputStream slow(OutputStream out) {
        return new OutputStream() {
            @Override
            public void write(int octet) throws IOException {
                out.write(octet);
            }

            @Override
            public void write(byte[] data) throws IOException {
                try {
                    TimeUnit.MILLISECONDS.sleep(20);
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                out.write(data);
            }
        };
    }

    @Test
    void aClosedStreamIsToldAndWhatWasLostIsCounted() throws Exception {
        PipedInputStream reader = new PipedInputStream();
        StreamBackend backend = new StreamBackend("x", new PipedOutputStream(reader));
        reader.close();
        backend.write(new byte[] {1, 2, 3}, 0, 3);
        backend.drain();
        assertTrue(backend.failure().isPresent());
        assertEquals(3, backend.lost());
        backend.write(new byte[] {4}, 0, 1);
        assertEquals(4, backend.lost());
    }

    @Test
    void whatIsTypedBeforeTheGuestRunsReachesItInOrderAndCompletely() throws Exception {
        StreamBackend backend = new StreamBackend("x", OutputStream.nullOutputStream());
        backend.connect(taking(3));
        String text = "what is typed goes on, three bytes at a time\n";
        Keyboard keyboard =
                new Keyboard(new ByteArrayInputStream(text.getBytes(US_ASCII)), backend, false);
        keyboard.start(() -> {});
        TimeUnit.MILLISECONDS.sleep(20);
        assertEquals("", taken(), "before it is told to");
        keyboard.type();
        while (taken().length() < text.length()) {
            TimeUnit.MILLISECONDS.sleep(5);
        }
        assertEquals(text, taken());
    }

    @Test
    void theEscapeKeyEndsItAlsoWhenTheGuestTakesNothing() throws Exception {
        StreamBackend backend = new StreamBackend("x", OutputStream.nullOutputStream());
        backend.connect(taking(0));
        byte[] typed = new byte[100_000];
        typed[typed.length - 1] = Keyboard.ESCAPE;
        CountDownLatch escaped = new CountDownLatch(1);
        Keyboard keyboard = new Keyboard(new ByteArrayInputStream(typed), backend, true);
        keyboard.type();
        keyboard.start(escaped::countDown);
        assertTrue(escaped.await(20, TimeUnit.SECONDS));
    }

    @Test
    void inAFileTheEscapeKeyIsAByteAsOthers() throws Exception {
        StreamBackend backend = new StreamBackend("x", OutputStream.nullOutputStream());
        backend.connect(taking(16));
        byte[] typed = {'a', Keyboard.ESCAPE, 'b'};
        Keyboard keyboard = new Keyboard(new ByteArrayInputStream(typed), backend, false);
        keyboard.type();
        keyboard.start(
                () -> {
                    throw new AssertionError("no terminal, no escape key");
                });
        while (taken().length() < 3) {
            TimeUnit.MILLISECONDS.sleep(5);
        }
        assertEquals("a\u001db", taken());
    }
}
