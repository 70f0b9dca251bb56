package org.interposer.frontend.virtio.blk;

import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;

/** Counts of one queue by kind of request. Written by its I/O thread only. */
final class BlkMetrics {
    static final int READ = 0;
    static final int WRITE = 1;
    static final int FLUSH = 2;
    static final int OTHER = 3;
    static final int FAILED = 4;
    private static final String[] NAMES = {"reads", "writes", "flushes", "others", "failed"};

    private final AtomicLongArray counts = new AtomicLongArray(NAMES.length);

    void count(int kind) {
        counts.lazySet(kind, counts.getPlain(kind) + 1);
    }

    void addTo(Map<String, Long> target, String prefix) {
        for (int i = 0; i < NAMES.length; i++) {
            target.put(prefix + NAMES[i], counts.get(i));
        }
    }
}
