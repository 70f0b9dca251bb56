package org.interposer.api.block;

/**
 * First-in first-out list of requests that one stage owns and defers; made of the requests
 * themselves, so it allocates nothing. A request is in one queue at most. Not thread-safe.
 */
public final class BlockRequestQueue {
    private BlockRequest first;
    private BlockRequest last;
    private int size;

    /**
     * Appends a request.
     *
     * @throws IllegalStateException when it is in a queue already
     */
    public void add(BlockRequest request) {
        if (request.queued) {
            throw new IllegalStateException("the request is in a queue already");
        }
        request.queued = true;
        if (last == null) {
            first = request;
        } else {
            last.next = request;
        }
        last = request;
        size++;
    }

    /**
     * Takes the oldest request out.
     *
     * @throws IllegalStateException when there is none
     */
    public BlockRequest remove() {
        BlockRequest request = first;
        if (request == null) {
            throw new IllegalStateException("the queue is empty");
        }
        first = request.next;
        if (first == null) {
            last = null;
        }
        request.next = null;
        request.queued = false;
        size--;
        return request;
    }

    /** Whether there is none. */
    public boolean isEmpty() {
        return first == null;
    }

    /** Number of requests. */
    public int size() {
        return size;
    }
}
