package org.interposer.tool.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToLongFunction;
import org.interposer.api.block.BlockPortControl;
import org.interposer.api.block.SwapReport;

/** How long the guest waits while a chain is changed, at queue depth 32. */
final class PauseBench {
    private static final int CHANGES = 200;
    private static final long BETWEEN_MILLIS = 20;
    private static final double MILLISECOND = 1e6;
    private static final double PART = 0.99;

    private final Settings settings;
    private final InterposerGuest ours;
    private final PrintStream progress;
    private final Kind kind;
    private final List<Timed> changes = new ArrayList<>();

    /**
     * What is measured.
     *
     * @param name of the changes, in one word
     * @param text says more of them
     * @param flushes whether the pause has a flush in it, which takes what the disk takes
     */
    record Kind(String name, String text, boolean flushes, Changer changer) {}

    /** Makes one of the changes. */
    interface Changer {
        /**
         * Changes the guest's chain.
         *
         * @param number 0, 1, 2 …
         */
        SwapReport change(BlockPortControl port, int number) throws Exception;
    }

    /** A change, and how long the disk's threads waited for a processor while it was made. */
    private record Timed(SwapReport report, long waitedNanos) {}

    PauseBench(Settings settings, InterposerGuest ours, Kind kind, PrintStream progress) {
        this.settings = settings;
        this.ours = ours;
        this.kind = kind;
        this.progress = progress;
    }

    List<Row> rows() throws Exception {
        double[] whole = new double[settings.runs()];
        double[] rest = new double[whole.length];
        warmUp();
        for (int run = 0; run < whole.length; run++) {
            int first = changes.size();
            ours.run(line(), seconds(), this::change);
            List<Timed> made = changes.subList(first, changes.size());
            whole[run] = percentile(of(made, PauseBench::hold));
            rest[run] = percentile(of(made, PauseBench::withoutFlush));
            progress.printf(
                    "  pauses, %s, run %d of %d: p99 %.3f ms%n",
                    kind.name(), run + 1, whole.length, whole[run]);
        }
        return kind.flushes()
                ? List.of(row(", p99", whole, false), row(", less the flush, p99", rest, true))
                : List.of(row(", p99", whole, true));
    }

    private Row row(String of, double[] each, boolean bound) {
        Samples p99 = new Samples(each);
        return new Row(
                "pause, " + kind.name() + of,
                "ms",
                p99,
                Optional.empty(),
                Optional.empty(),
                bound ? "<= 1 ms" : "",
                !bound || p99.median() <= 1.0,
                settings());
    }

    /** On few processors the JVM's compilers take them from the disk's threads at first. */
    private void warmUp() throws Exception {
        progress.printf("  pauses, %s, a run to warm up%n", kind.name());
        ours.run(line(), seconds(), this::change);
        changes.clear();
    }

    private void change(BlockPortControl port) throws Exception {
        Thread.sleep(1000);
        RunDelay delay = new RunDelay(InterposerGuest.DISK_THREADS);
        for (int i = 0; i < CHANGES; i++) {
            long before = delay.nanos();
            SwapReport report = kind.changer().change(port, i);
            changes.add(new Timed(report, delay.nanos() - before));
            Thread.sleep(BETWEEN_MILLIS);
        }
    }

    private String settings() {
        return String.format(
                Locale.ROOT,
                "%d %s a run under blkload %s, 0 mismatches, 0 errors; ms, median / p99 / max of"
                    + " all: pause %s = drain %s + flush %s + switch %s + rest; the disk's threads"
                    + " waited for a processor %s meanwhile; pause less that wait %s",
                CHANGES,
                kind.text(),
                line(),
                spread(PauseBench::hold),
                spread(c -> c.report().drainNanos()),
                spread(c -> c.report().flushNanos()),
                spread(c -> c.report().switchNanos()),
                spread(Timed::waitedNanos),
                spread(c -> Math.max(0, hold(c) - c.waitedNanos())));
    }

    private static long hold(Timed change) {
        return change.report().holdNanos();
    }

    private static long withoutFlush(Timed change) {
        return hold(change) - change.report().flushNanos();
    }

    private String spread(ToLongFunction<Timed> figure) {
        double[] all = of(changes, figure);
        Samples samples = new Samples(all);
        return String.format(
                Locale.ROOT,
                "%.3f / %.3f / %.3f",
                samples.median(),
                percentile(all),
                samples.max());
    }

    private static double[] of(List<Timed> changes, ToLongFunction<Timed> figure) {
        return changes.stream().mapToDouble(c -> figure.applyAsLong(c) / MILLISECOND).toArray();
    }

    private String line() {
        return "mode=verify depth=32 bs=4096 region=16m hb_ms=0 seconds=" + seconds();
    }

    private long seconds() {
        return Math.max(settings.seconds(), 4 + CHANGES * BETWEEN_MILLIS / 1000 + 4);
    }

    private static double percentile(double[] values) {
        return percentile(values, PART);
    }

    static double percentile(double[] values, double part) {
        double[] sorted = new Samples(values).values();
        return sorted[(int) Math.ceil(part * sorted.length) - 1];
    }
}
