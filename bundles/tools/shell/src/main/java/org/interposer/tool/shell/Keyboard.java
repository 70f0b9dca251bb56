package org.interposer.tool.shell;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.TimeUnit;

/**
 * Takes standard input to a guest. From a terminal, the escape key ends it, also while the guest
 * takes no input; what the guest does not take is then kept up to a limit. From a file or a pipe
 * everything goes to the guest, and reading waits for it.
 */
final class Keyboard {
    /** Ctrl-]. */
    static final int ESCAPE = 0x1d;

    private static final int LIMIT = 64 << 10;
    private static final long POLL_MILLIS = 2;

    private final InputStream in;
    private final StreamBackend guest;
    private final boolean terminal;
    private final byte[] kept = new byte[LIMIT];
    private int count;

    Keyboard(InputStream in, StreamBackend guest, boolean terminal) {
        this.in = in;
        this.guest = guest;
        this.terminal = terminal;
    }

    /**
     * Begins to read; what comes is kept until {@link #type}. Its thread ends with the process.
     *
     * @param escape called on that thread when the escape key comes
     */
    void start(Runnable escape) {
        thread("boot/keyboard", () -> read(escape));
    }

    /** Begins to hand on. */
    void type() {
        thread("boot/typing", this::offerAll);
    }

    private static void thread(String name, Runnable body) {
        Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void read(Runnable escape) {
        byte[] chunk = new byte[1024];
        try {
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                for (int i = 0; i < n; i++) {
                    if (terminal && chunk[i] == ESCAPE) {
                        escape.run();
                        return;
                    }
                    keep(chunk[i]);
                }
            }
        } catch (IOException e) {
            // Standard input is gone; the guest gets no more of it.
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void keep(byte key) throws InterruptedException {
        while (count == LIMIT && !terminal) {
            wait();
        }
        if (count < LIMIT) {
            kept[count++] = key;
            notifyAll();
        }
    }

    private void offerAll() {
        try {
            while (true) {
                if (!offer()) {
                    TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether the guest took something. */
    private synchronized boolean offer() throws InterruptedException {
        while (count == 0) {
            wait();
        }
        int taken = guest.type(kept, 0, count);
        System.arraycopy(kept, taken, kept, 0, count - taken);
        count -= taken;
        notifyAll();
        return taken > 0;
    }
}
