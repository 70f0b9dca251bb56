package org.interposer.core.iobus;

import java.util.Comparator;
import java.util.List;
import org.interposer.api.bus.Doorbell;
import org.interposer.api.bus.IoEvent;

/** The doorbells of one address space in unsigned address order. Immutable. */
final class DoorbellTable {
    static final DoorbellTable EMPTY = of(List.of());

    private static final int ANY_SIZE = 0;

    private final long[] keys;
    private final int[] sizes;
    private final boolean[] anyValue;
    private final long[] values;
    private final IoEvent[] events;

    private DoorbellTable(List<Doorbell> sorted) {
        int count = sorted.size();
        keys = new long[count];
        sizes = new int[count];
        anyValue = new boolean[count];
        values = new long[count];
        events = new IoEvent[count];
        for (int i = 0; i < count; i++) {
            Doorbell bell = sorted.get(i);
            keys[i] = bell.address() ^ Long.MIN_VALUE;
            sizes[i] = bell.size();
            anyValue[i] = bell.value().isEmpty();
            values[i] = bell.value().orElse(0);
            events[i] = bell.event();
        }
    }

    static DoorbellTable of(List<Doorbell> doorbells) {
        return new DoorbellTable(
                doorbells.stream()
                        .sorted(Comparator.comparingLong(b -> b.address() ^ Long.MIN_VALUE))
                        .toList());
    }

    /** Rings every doorbell that the write matches. */
    boolean ring(long address, int size, long value) {
        long key = address ^ Long.MIN_VALUE;
        boolean rung = false;
        for (int i = firstAt(key); i < keys.length && keys[i] == key; i++) {
            if (matches(i, size, value)) {
                events[i].signal();
                rung = true;
            }
        }
        return rung;
    }

    private boolean matches(int index, int size, long value) {
        return (sizes[index] == ANY_SIZE || sizes[index] == size)
                && (anyValue[index] || values[index] == value);
    }

    private int firstAt(long key) {
        int low = 0;
        int high = keys.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (keys[middle] < key) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }
}
