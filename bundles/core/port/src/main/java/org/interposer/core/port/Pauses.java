package org.interposer.core.port;

import org.interposer.api.block.PortStatus;

/** Histogram of pauses in nanoseconds; 32 steps to each power of two, so within 3 %. */
final class Pauses {
    private static final int STEPS = 32;
    private static final int SHIFT = 5;

    private final long[] counts = new long[64 * STEPS];
    private long count;
    private long max;

    synchronized void record(long nanos) {
        counts[index(Math.max(0, nanos))]++;
        count++;
        max = Math.max(max, nanos);
    }

    synchronized PortStatus.Pauses snapshot() {
        return new PortStatus.Pauses(count, percentile(0.50), percentile(0.99), max);
    }

    private long percentile(double share) {
        long wanted = (long) Math.ceil(share * count);
        long seen = 0;
        for (int i = 0; i < counts.length && count > 0; i++) {
            seen += counts[i];
            if (seen >= wanted) {
                return Math.min(max, highest(i));
            }
        }
        return max;
    }

    private static int index(long value) {
        if (value < STEPS) {
            return (int) value;
        }
        int power = 63 - Long.numberOfLeadingZeros(value);
        int step = (int) (value >>> power - SHIFT) & STEPS - 1;
        return (power - SHIFT + 1) * STEPS + step;
    }

    private static long highest(int index) {
        if (index < STEPS) {
            return index;
        }
        int power = index / STEPS + SHIFT - 1;
        long step = index % STEPS;
        return (STEPS + step + 1 << power - SHIFT) - 1;
    }
}
