package org.interposer.core.iobus;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The placements of one address space, flattened into disjoint spans in unsigned address order.
 * Immutable, so that vCPU threads search it without a lock.
 */
final class RangeTable {
    static final RangeTable EMPTY = new RangeTable(List.of());

    /**
     * First address of each span, with the sign bit flipped so that signed order is address order.
     */
    private final long[] keys;

    private final long[] lasts;
    private final Placement[] owners;

    private RangeTable(List<Span> spans) {
        int count = spans.size();
        keys = new long[count];
        lasts = new long[count];
        owners = new Placement[count];
        for (int i = 0; i < count; i++) {
            keys[i] = spans.get(i).first() ^ Long.MIN_VALUE;
            lasts[i] = spans.get(i).last();
            owners[i] = spans.get(i).owner();
        }
    }

    private record Span(long first, long last, Placement owner) {}

    /**
     * Flattens placements; of those that overlap the higher priority wins, then the earlier in the
     * list.
     */
    static RangeTable of(List<Placement> placements) {
        TreeSet<Long> starts = new TreeSet<>(Long::compareUnsigned);
        for (Placement placement : placements) {
            starts.add(placement.base());
            if (placement.last() != -1) {
                starts.add(placement.last() + 1);
            }
        }
        List<Span> spans = new ArrayList<>();
        for (long start : starts) {
            winner(placements, start).ifPresent(owner -> append(spans, start, owner, starts));
        }
        return new RangeTable(spans);
    }

    private static Optional<Placement> winner(List<Placement> placements, long address) {
        Placement best = null;
        for (Placement placement : placements) {
            if (placement.contains(address)
                    && (best == null || placement.priority() > best.priority())) {
                best = placement;
            }
        }
        return Optional.ofNullable(best);
    }

    private static void append(
            List<Span> spans, long first, Placement owner, TreeSet<Long> starts) {
        Long next = starts.higher(first);
        long last = next == null ? -1 : next - 1;
        int size = spans.size();
        if (size > 0 && spans.get(size - 1).owner() == owner) {
            Span before = spans.get(size - 1);
            if (before.last() + 1 == first) {
                spans.set(size - 1, new Span(before.first(), last, owner));
                return;
            }
        }
        spans.add(new Span(first, last, owner));
    }

    /** The span an address lies in, or the complement of the index of the next span above it. */
    int find(long address) {
        long key = address ^ Long.MIN_VALUE;
        int low = 0;
        int high = keys.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (keys[middle] <= key) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high >= 0 && Long.compareUnsigned(address, lasts[high]) <= 0 ? high : ~low;
    }

    /**
     * Whether {@code size} bytes from an address inside a span end inside the range that was placed
     * there; what shadows it further on does not split the access.
     */
    boolean holds(int span, long address, int size) {
        return Long.compareUnsigned(owners[span].last() - address, size - 1) >= 0;
    }

    /** Whether the first span above an unmapped address begins within {@code size} bytes. */
    boolean reaches(int missed, long address, int size) {
        int next = ~missed;
        return next < keys.length
                && Long.compareUnsigned((keys[next] ^ Long.MIN_VALUE) - address, size) < 0;
    }

    long read(int span, long address, int size) {
        Placement owner = owners[span];
        return owner.handler().read(address - owner.base(), size);
    }

    void write(int span, long address, int size, long value) {
        Placement owner = owners[span];
        owner.handler().write(address - owner.base(), size, value);
    }
}
