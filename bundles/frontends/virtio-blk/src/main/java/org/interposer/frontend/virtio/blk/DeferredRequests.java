package org.interposer.frontend.virtio.blk;

import java.nio.ByteBuffer;

/** Requests with a step to send, first in first out, linked by themselves. One thread. */
final class DeferredRequests {
    private DiskRequest first;
    private DiskRequest last;
    private int size;

    boolean isEmpty() {
        return first == null;
    }

    void clear() {
        first = null;
        last = null;
        size = 0;
    }

    void add(DiskRequest request) {
        request.next(null);
        if (first == null) {
            first = request;
        } else {
            last.next(request);
        }
        last = request;
        size++;
    }

    void addFirst(DiskRequest request) {
        request.next(first);
        if (first == null) {
            last = request;
        }
        first = request;
        size++;
    }

    DiskRequest remove() {
        DiskRequest request = first;
        first = request.next();
        size--;
        return request;
    }

    /** Heads of their chains, 16 bits each. */
    byte[] heads() {
        ByteBuffer heads = ByteBuffer.allocate(2 * size);
        for (DiskRequest each = first; each != null; each = each.next()) {
            heads.putShort((short) each.chain().head());
        }
        return heads.array();
    }
}
