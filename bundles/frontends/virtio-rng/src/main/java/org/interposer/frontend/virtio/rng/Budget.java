package org.interposer.frontend.virtio.rng;

import org.interposer.api.time.MachineClock;

/** How many bytes may still be given in this period. One thread. */
final class Budget {
    private final MachineClock clock;
    private final long maxBytes;
    private final long periodNanos;
    private long left;
    private long end;

    /**
     * A full budget.
     *
     * @param maxBytes a period, 0 for no limit
     */
    Budget(MachineClock clock, long maxBytes, long periodNanos) {
        this.clock = clock;
        this.maxBytes = maxBytes;
        this.periodNanos = periodNanos;
        this.left = maxBytes;
        this.end = clock.nanos() + periodNanos;
    }

    /** Bytes that may be given now, at most {@code wanted}. */
    int allowed(int wanted) {
        if (maxBytes == 0) {
            return wanted;
        }
        long now = clock.nanos();
        if (now >= end) {
            left = maxBytes;
            end = now + periodNanos;
        }
        return (int) Math.min(wanted, left);
    }

    void used(int bytes) {
        left -= bytes;
    }

    /** When the next period begins, in guest time. */
    long end() {
        return end;
    }
}
