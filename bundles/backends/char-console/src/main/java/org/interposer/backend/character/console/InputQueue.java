package org.interposer.backend.character.console;

import java.util.Optional;
import org.interposer.api.character.CharacterInput;

/**
 * What was typed and the guest has not taken yet. A thread of its own offers it to the device until
 * it has taken all; a device has no way to say that its FIFO has room again, so a full one is asked
 * again every millisecond, and only then. Thread-safe.
 */
final class InputQueue implements AutoCloseable {
    static final int LIMIT = 64 * 1024;
    private static final int OFFER = 64;
    private static final long RETRY_MILLIS = 1;

    private final byte[] pending = new byte[LIMIT];
    private int head;
    private int count;
    private Optional<CharacterInput> device = Optional.empty();
    private boolean closed;

    InputQueue(String name) {
        Thread thread = new Thread(this::run, name);
        thread.setDaemon(true);
        thread.start();
    }

    synchronized int type(byte[] data, int offset, int length) {
        int taken = closed ? 0 : Math.min(length, LIMIT - count);
        for (int i = 0; i < taken; i++) {
            pending[(head + count++) % LIMIT] = data[offset + i];
        }
        notifyAll();
        return taken;
    }

    synchronized AutoCloseable connect(CharacterInput input) {
        device = Optional.of(input);
        notifyAll();
        return () -> disconnect(input);
    }

    private synchronized void disconnect(CharacterInput input) {
        if (device.filter(d -> d == input).isPresent()) {
            device = Optional.empty();
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        device = Optional.empty();
        notifyAll();
    }

    private void run() {
        try {
            while (true) {
                Offer offer = nextOffer();
                if (offer.bytes().length == 0) {
                    return;
                }
                // Outside the lock: the device takes a lock of its own.
                int taken = offer.to().input(offer.bytes(), 0, offer.bytes().length);
                remove(taken);
                if (taken < offer.bytes().length) {
                    Thread.sleep(RETRY_MILLIS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private record Offer(CharacterInput to, byte[] bytes) {}

    /** Waits for input and a device; no bytes when the queue was closed. */
    private synchronized Offer nextOffer() throws InterruptedException {
        while (!closed && (count == 0 || device.isEmpty())) {
            wait();
        }
        if (closed) {
            return new Offer((data, offset, length) -> 0, new byte[0]);
        }
        byte[] bytes = new byte[Math.min(OFFER, count)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = pending[(head + i) % LIMIT];
        }
        return new Offer(device.orElseThrow(), bytes);
    }

    private synchronized void remove(int taken) {
        int gone = Math.min(taken, count);
        head = (head + gone) % LIMIT;
        count -= gone;
    }
}
