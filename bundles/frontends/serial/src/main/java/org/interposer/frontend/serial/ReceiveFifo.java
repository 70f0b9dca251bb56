package org.interposer.frontend.serial;

/** The receive FIFO; one byte deep while FIFOs are off. Not thread-safe. */
final class ReceiveFifo {
    private static final int DEPTH = 16;

    private final byte[] bytes = new byte[DEPTH];
    private int head;
    private int count;

    int count() {
        return count;
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** Adds a byte; false when it is full. */
    boolean add(byte value, boolean fifoOn) {
        if (count >= (fifoOn ? DEPTH : 1)) {
            return false;
        }
        bytes[(head + count++) % DEPTH] = value;
        return true;
    }

    /** Replaces the newest byte, as an overrun does without FIFOs. */
    void replaceNewest(byte value) {
        bytes[(head + count - 1) % DEPTH] = value;
    }

    /** Takes the oldest byte; 0 when it is empty. */
    int take() {
        if (count == 0) {
            return 0;
        }
        int value = bytes[head] & 0xff;
        head = (head + 1) % DEPTH;
        count--;
        return value;
    }

    void clear() {
        head = 0;
        count = 0;
    }

    byte[] content() {
        byte[] copy = new byte[count];
        for (int i = 0; i < count; i++) {
            copy[i] = bytes[(head + i) % DEPTH];
        }
        return copy;
    }
}
