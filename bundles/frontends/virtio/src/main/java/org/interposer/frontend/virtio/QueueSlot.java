package org.interposer.frontend.virtio;

import org.interposer.api.state.StateRecord;

/** The registers of one queue. Guarded by the device's lock, but for the vector. */
final class QueueSlot {
    private final int index;
    private final int maxSize;
    private int size;
    private boolean enabled;
    private long descriptors;
    private long available;
    private long used;
    private volatile int vector;

    QueueSlot(int index, int maxSize) {
        this.index = index;
        this.maxSize = maxSize;
        reset();
    }

    void reset() {
        size = maxSize;
        enabled = false;
        descriptors = 0;
        available = 0;
        used = 0;
        vector = Interrupts.NO_VECTOR;
    }

    int index() {
        return index;
    }

    int size() {
        return size;
    }

    /** §4.1.4.3.2: a driver may make it smaller; what cannot be is ignored, which it can read. */
    void size(int wanted) {
        if (wanted > 0 && wanted <= maxSize && Integer.bitCount(wanted) == 1) {
            size = wanted;
        }
    }

    boolean enabled() {
        return enabled;
    }

    void enable() {
        enabled = true;
    }

    int vector() {
        return vector;
    }

    void vector(int wanted) {
        vector = wanted;
    }

    QueueAddresses addresses() {
        return new QueueAddresses(size, descriptors, available, used);
    }

    /** Descriptor table, driver area or device area: 0, 1 or 2. */
    long address(int area) {
        return area == 0 ? descriptors : area == 1 ? available : used;
    }

    void address(int area, long value) {
        if (area == 0) {
            descriptors = value;
        } else if (area == 1) {
            available = value;
        } else {
            used = value;
        }
    }

    StateRecord.Builder save() {
        return StateRecord.of("virtio.queue", 1)
                .put("size", size)
                .put("enabled", enabled)
                .put("descriptors", descriptors)
                .put("available", available)
                .put("used", used)
                .put("vector", vector);
    }

    void restore(StateRecord state) {
        state.expect("virtio.queue", 1);
        size((int) state.number("size"));
        enabled = state.flag("enabled");
        descriptors = state.number("descriptors");
        available = state.number("available");
        used = state.number("used");
        vector = (int) state.number("vector");
    }
}
