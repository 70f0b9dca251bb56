package org.interposer.frontend.virtio;

import org.interposer.api.memory.MemorySlices;

/**
 * A chain of descriptors as guest memory: first what the device may read, then what it may write
 * (virtio 1.2 §2.7.4.2). How the driver cut the bytes into descriptors means nothing (§2.7.4.1).
 *
 * <p>One object a descriptor that can head a chain, used again each time the guest offers it.
 * Belongs to the device from {@link Virtqueue#pop} to {@link Virtqueue#push} or {@link
 * Virtqueue#unpop}.
 */
public final class DescriptorChain {
    private final int head;
    private final MemorySlices readable;
    private final MemorySlices writable;
    private boolean taken;

    DescriptorChain(int head, int maxSlices) {
        this.head = head;
        readable = new MemorySlices(maxSlices);
        writable = new MemorySlices(maxSlices);
    }

    /** Index of its first descriptor: unique among the chains in flight of a queue. */
    public int head() {
        return head;
    }

    /** What the driver wrote for the device. */
    public MemorySlices readable() {
        return readable;
    }

    /** Where the device puts its answer. */
    public MemorySlices writable() {
        return writable;
    }

    boolean taken() {
        return taken;
    }

    void take() {
        taken = true;
    }

    void release() {
        taken = false;
    }

    void clear() {
        readable.clear();
        writable.clear();
    }
}
