package org.interposer.api.net;

/** A pooled, fixed-size sequence of frames. One thread at a time. */
public final class FrameBatch {
    private final Frame[] frames;
    private int count;

    /** An empty batch for at most {@code capacity} frames. */
    public FrameBatch(int capacity) {
        frames = new Frame[capacity];
        for (int i = 0; i < capacity; i++) {
            frames[i] = new Frame();
        }
    }

    /** Frames in use. */
    public int count() {
        return count;
    }

    /** Whether {@link #next} would fail. */
    public boolean full() {
        return count == frames.length;
    }

    /** Appends a cleared frame and returns it. */
    public Frame next() {
        if (full()) {
            throw new IllegalStateException("batch of " + frames.length + " frames is full");
        }
        Frame frame = frames[count++];
        frame.clear();
        return frame;
    }

    /** A frame in use. */
    public Frame frame(int index) {
        if (index >= count) {
            throw new IndexOutOfBoundsException("frame " + index + " of " + count);
        }
        return frames[index];
    }

    /** Empties the batch. */
    public void clear() {
        count = 0;
    }
}
