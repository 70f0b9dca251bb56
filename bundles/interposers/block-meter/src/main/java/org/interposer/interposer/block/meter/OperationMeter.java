package org.interposer.interposer.block.meter;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.AtomicHistogram;
import org.interposer.api.block.BlockStatus;

/** Figures of one operation. Recording is lock-free; reading sees a recent state. */
final class OperationMeter {
    private static final long LOWEST_NANOS = 64;
    private static final long HIGHEST_NANOS = TimeUnit.HOURS.toNanos(1);
    private static final int DIGITS = 2;
    private static final double MIB = 1 << 20;

    private final AtomicHistogram latency =
            new AtomicHistogram(LOWEST_NANOS, HIGHEST_NANOS, DIGITS);
    private final LongAdder bytes = new LongAdder();
    private final LongAdder errors = new LongAdder();
    private final LongAdder lost = new LongAdder();

    void record(BlockStatus status, long size, long nanos) {
        latency.recordValue(Math.max(0, Math.min(nanos, HIGHEST_NANOS)));
        if (status == BlockStatus.OK) {
            bytes.add(size);
        } else if (status == BlockStatus.LOST) {
            lost.increment();
        } else {
            errors.increment();
        }
    }

    /** Adds the figures under names that begin with the operation's; none when it was not used. */
    void describe(String name, Map<String, String> into) {
        AtomicHistogram seen = latency.copy();
        if (seen.getTotalCount() == 0) {
            return;
        }
        into.put(name + ".requests", Long.toString(seen.getTotalCount()));
        into.put(name + ".data", String.format(Locale.ROOT, "%.2f MiB", bytes.sum() / MIB));
        into.put(name + ".errors", Long.toString(errors.sum()));
        into.put(name + ".lost", Long.toString(lost.sum()));
        into.put(name + ".p50", micros(seen.getValueAtPercentile(50)));
        into.put(name + ".p99", micros(seen.getValueAtPercentile(99)));
        into.put(name + ".p99.9", micros(seen.getValueAtPercentile(99.9)));
        into.put(name + ".max", micros(seen.getMaxValue()));
    }

    private static String micros(long nanos) {
        return String.format(Locale.ROOT, "%.1f µs", nanos / 1000.0);
    }
}
