package org.interposer.backend.character.console;

import java.io.IOException;
import java.io.OutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A thread that copies the output to one stream as it comes. */
final class Follower implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Follower.class);
    private static final int CHUNK = 8192;

    private final OutputHistory history;
    private final OutputStream target;
    private final Thread thread;
    private volatile boolean detached;

    Follower(String name, OutputHistory history, OutputStream target, Runnable ended) {
        this.history = history;
        this.target = target;
        long start = history.begin();
        thread =
                new Thread(
                        () -> {
                            try {
                                follow(start);
                            } finally {
                                ended.run();
                            }
                        },
                        name);
        thread.setDaemon(true);
        thread.start();
    }

    private void follow(long start) {
        byte[] chunk = new byte[CHUNK];
        long position = start;
        try {
            while (!detached) {
                OutputHistory.Chunk next = history.next(position, chunk);
                if (next.length() == 0) {
                    return;
                }
                position = next.end();
                target.write(chunk, 0, next.length());
                target.flush();
            }
        } catch (IOException e) {
            if (!detached) {
                LOG.warn("{} ends: {}", thread.getName(), e.getMessage());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits until a closed history has been copied to its end. */
    void awaitEnd(long millis) throws InterruptedException {
        thread.join(millis);
    }

    /** Ends at once; the stream stays open. */
    @Override
    public void close() {
        detached = true;
        thread.interrupt();
        if (thread != Thread.currentThread()) {
            joinBriefly();
        }
    }

    private void joinBriefly() {
        try {
            thread.join(1000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
