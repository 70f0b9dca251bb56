package org.interposer.tool.shell;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Looks for a text in a console's output and hands on its lines. Attached to a console. */
final class ConsoleWatch extends OutputStream {
    private final String wanted;
    private final Consumer<String> lines;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private boolean seen;

    /**
     * Watches for a text.
     *
     * @param wanted within one line
     * @param lines gets every complete line, without its end
     */
    ConsoleWatch(String wanted, Consumer<String> lines) {
        this.wanted = wanted;
        this.lines = lines;
    }

    @Override
    public synchronized void write(int octet) {
        if (octet == '\n') {
            lines.accept(text().stripTrailing());
            line.reset();
        } else {
            line.write(octet);
            look();
        }
    }

    private void look() {
        if (!seen && text().contains(wanted)) {
            seen = true;
            notifyAll();
        }
    }

    private String text() {
        return line.toString(StandardCharsets.UTF_8);
    }

    /** Waits until the text was seen. */
    synchronized boolean await(long millis) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (!seen) {
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= 0) {
                return false;
            }
            wait(left);
        }
        return true;
    }
}
