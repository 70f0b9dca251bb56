package org.interposer.frontend.virtio.blk;

import java.util.concurrent.atomic.AtomicReference;

/**
 * Requests that other threads have completed, on their way to the I/O thread: many add, one takes
 * all. Made of the requests themselves; no lock, no allocation.
 */
final class CompletedRequests {
    private final AtomicReference<DiskRequest> newest = new AtomicReference<>();

    /** Adds one; whether it is the first since all were taken, so that the taker must be woken. */
    boolean add(DiskRequest request) {
        DiskRequest seen;
        do {
            seen = newest.get();
            request.next(seen);
        } while (!newest.compareAndSet(seen, request));
        return seen == null;
    }

    boolean isEmpty() {
        return newest.get() == null;
    }

    /** Takes all, oldest first, linked by {@link DiskRequest#next}. Null when there is none. */
    DiskRequest takeAll() {
        DiskRequest from = newest.getAndSet(null);
        DiskRequest reversed = null;
        while (from != null) {
            DiskRequest older = from.next();
            from.next(reversed);
            reversed = from;
            from = older;
        }
        return reversed;
    }
}
