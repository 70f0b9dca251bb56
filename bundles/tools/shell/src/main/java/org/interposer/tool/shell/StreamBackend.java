package org.interposer.tool.shell;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.interposer.api.character.CharacterBackend;
import org.interposer.api.character.CharacterInput;

/**
 * A character back-end over a stream: what the guest prints is written by a thread of its own, as
 * soon as it comes. A stream that does not take it slows the guest down, for two seconds a write at
 * most; then output is lost and counted.
 */
final class StreamBackend implements CharacterBackend, AutoCloseable {
    private static final int LIMIT = 1 << 20;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final String id;
    private final OutputStream out;
    private final Thread writer;
    private ByteArrayOutputStream waiting = new ByteArrayOutputStream();
    private boolean writing;
    private boolean closed;
    private long lost;
    private Optional<IOException> failure = Optional.empty();
    private volatile Optional<CharacterInput> input = Optional.empty();

    StreamBackend(String id, OutputStream out) {
        this.id = id;
        this.out = out;
        writer = new Thread(this::copy, id + "/output");
        writer.setDaemon(true);
        writer.start();
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public synchronized void write(byte[] data, int offset, int length) {
        awaitWhile(() -> waiting.size() >= LIMIT && failure.isEmpty() && !closed);
        if (waiting.size() >= LIMIT || failure.isPresent() || closed) {
            lost += length;
            return;
        }
        waiting.write(data, offset, length);
        notifyAll();
    }

    /** The writer's body. */
    private void copy() {
        while (true) {
            byte[] batch;
            synchronized (this) {
                writing = false;
                notifyAll();
                while (waiting.size() == 0) {
                    if (closed) {
                        return;
                    }
                    sleep(0);
                }
                batch = waiting.toByteArray();
                waiting = new ByteArrayOutputStream();
                writing = true;
                notifyAll();
            }
            try {
                out.write(batch);
                out.flush();
            } catch (IOException e) {
                failed(e, batch.length);
                return;
            }
        }
    }

    private synchronized void failed(IOException e, int bytes) {
        failure = Optional.of(e);
        writing = false;
        lost += bytes + waiting.size();
        waiting = new ByteArrayOutputStream();
        notifyAll();
    }

    /** Why nothing can be written any more. */
    synchronized Optional<IOException> failure() {
        return failure;
    }

    /** Bytes that could not be written. */
    synchronized long lost() {
        return lost;
    }

    @Override
    public AutoCloseable connect(CharacterInput to) {
        input = Optional.of(to);
        return () -> input = input.filter(now -> now != to);
    }

    /** Offers what was typed to the guest; bytes taken, 0 while nobody listens. */
    int type(byte[] data, int offset, int length) {
        return input.map(to -> to.input(data, offset, length)).orElse(0);
    }

    /** Waits until all that was printed is written, for as long as the stream takes something. */
    synchronized void drain() {
        while (failure.isEmpty() && (writing || waiting.size() > 0)) {
            int before = waiting.size();
            boolean wrote = writing;
            awaitWhile(() -> writing == wrote && waiting.size() == before && failure.isEmpty());
            if (writing == wrote && waiting.size() == before) {
                lost += before;
                return;
            }
        }
    }

    private void awaitWhile(java.util.function.BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (condition.getAsBoolean()) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                return;
            }
            sleep(TimeUnit.NANOSECONDS.toMillis(left) + 1);
        }
    }

    private void sleep(long millis) {
        try {
            wait(millis);
        } catch (InterruptedException e) {
            // Only the end of the process interrupts; output goes on until then.
            Thread.currentThread().interrupt();
            closed = true;
        }
    }

    /** Writes the rest and ends. */
    @Override
    public void close() {
        drain();
        synchronized (this) {
            closed = true;
            notifyAll();
        }
    }
}
