package org.interposer.tool.bench;

import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;
import org.interposer.api.block.SwapException;
import org.interposer.api.block.SwapReport;

/** How long the guest waits while a chain is changed, at queue depth 32. */
final class PauseBench {
    private static final int CHANGES = 200;
    private static final long BETWEEN_MILLIS = 20;
    private static final double MILLISECOND = 1e6;

    private final Settings settings;
    private final InterposerGuest ours;
    private final PrintStream progress;

    PauseBench(Settings settings, InterposerGuest ours, PrintStream progress) {
        this.settings = settings;
        this.ours = ours;
        this.progress = progress;
    }

    /** The bench's own pass-through interposer has this id. */
    Row row(String stage) throws Exception {
        double[] pauses = new double[CHANGES];
        String line = "mode=verify depth=32 bs=4096 region=16m hb_ms=0 seconds=" + seconds();
        ours.run(
                line,
                seconds(),
                port -> {
                    Thread.sleep(1000);
                    for (int i = 0; i < CHANGES; i++) {
                        SwapReport report = change(port, stage, i);
                        pauses[i] = report.holdNanos() / MILLISECOND;
                        Thread.sleep(BETWEEN_MILLIS);
                    }
                    progress.printf("  %d chain changes under verified load%n", CHANGES);
                });
        Samples samples = new Samples(pauses);
        double p99 = percentile(pauses, 0.99);
        return new Row(
                "pause of a chain change, p99",
                "ms",
                new Samples(p99),
                Optional.empty(),
                Optional.empty(),
                "<= 1 ms",
                p99 <= 1.0,
                String.format(
                        "%d inserts and removals of block-null under blkload %s: median %.3f ms,"
                                + " max %.3f ms, 0 mismatches, 0 errors",
                        CHANGES, line, samples.median(), samples.max()));
    }

    private static SwapReport change(
            org.interposer.api.block.BlockPortControl port, String stage, int i)
            throws SwapException {
        return i % 2 == 0 ? port.insert(stage, 0) : port.remove(stage);
    }

    private long seconds() {
        return Math.max(settings.seconds(), 4 + CHANGES * BETWEEN_MILLIS / 1000 + 4);
    }

    static double percentile(double[] values, double part) {
        List<Double> sorted = DoubleStream.of(values).sorted().boxed().toList();
        return sorted.get((int) Math.ceil(part * sorted.size()) - 1);
    }
}
