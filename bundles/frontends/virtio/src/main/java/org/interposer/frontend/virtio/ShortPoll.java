package org.interposer.frontend.virtio;

/**
 * Looks at a ring for a moment before its thread sleeps: saves the guest's kick and the wake-up
 * when work comes in quick succession. Halves the moment when it was in vain, doubles it when it
 * was not, up to the limit.
 */
final class ShortPoll {
    private static final long LEAST = 1_000;
    private final long limit;
    private long span;

    ShortPoll(long limit) {
        this.limit = limit;
        this.span = limit;
    }

    /** Whether the ring has chains now; completes what other threads completed meanwhile. */
    boolean sawWork(QueueWorker worker, Virtqueue ring, QueueHandler handler) {
        if (limit == 0) {
            return false;
        }
        long end = System.nanoTime() + span;
        do {
            if (handler.hasCompleted()) {
                handler.complete(ring);
            }
            if (ring.hasAvailable()) {
                span = Math.min(limit, span * 2);
                return true;
            }
            Thread.onSpinWait();
        } while (!worker.isBarred() && System.nanoTime() - end < 0);
        span = Math.max(Math.min(LEAST, limit), span / 2);
        return false;
    }
}
