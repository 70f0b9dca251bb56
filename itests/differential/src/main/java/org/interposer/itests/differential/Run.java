package org.interposer.itests.differential;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.interposer.itests.differential.generate.CaseGenerator;

/** Runs cases on two processors at once and looks into those on which they disagree. */
public final class Run {
    private static final int MOST_DIFFERENCES = 2000;

    private final CaseGenerator generator;
    private final UserCpu expected;
    private final UserCpu actual;
    private final Predicate<Difference> known;
    private final Report report;
    private final Consumer<Difference> onDifference;
    private int unknown;

    /**
     * A run whose differences go to the report and, but for those that are known, to {@code
     * onDifference}.
     */
    public Run(
            final CaseGenerator generator,
            final UserCpu expected,
            final UserCpu actual,
            final Predicate<Difference> known,
            final Report report,
            final Consumer<Difference> onDifference) {
        this.generator = generator;
        this.expected = expected;
        this.actual = actual;
        this.known = known;
        this.report = report;
        this.onDifference = onDifference;
    }

    private record Batch(List<Case> cases, List<Result> results) {}

    /**
     * Runs {@code count} cases from number {@code first} on; {@code progress} hears of every batch.
     */
    public void run(final long first, final long count, final Runnable progress)
            throws IOException, InterruptedException {
        final ExecutorService ahead = Executors.newSingleThreadExecutor();
        try {
            Future<Batch> next = ahead.submit(() -> prepare(first, count, 0));
            for (long done = 0; done < count; done += UserCpu.BATCH) {
                final Batch batch = next.get();
                final long following = done + UserCpu.BATCH;
                final List<Result> others = actual.run(batch.cases());
                final List<Case> differing = compare(batch, others);
                // The real processor is asked again before it gets the next batch.
                for (final Case one : differing) {
                    lookInto(one);
                }
                next = ahead.submit(() -> prepare(first, count, following));
                progress.run();
            }
            next.get();
        } catch (final ExecutionException e) {
            throw new IOException("the real processor cannot be asked", e.getCause());
        } finally {
            ahead.shutdownNow();
        }
    }

    private Batch prepare(final long first, final long count, final long done) throws IOException {
        final List<Case> cases = new ArrayList<>();
        for (long i = done; i < Math.min(count, done + UserCpu.BATCH); i++) {
            cases.add(generator.generate(first + i));
        }
        return new Batch(cases, expected.run(cases));
    }

    private List<Case> compare(final Batch batch, final List<Result> others) {
        final List<Case> differing = new ArrayList<>();
        for (int i = 0; i < batch.cases().size(); i++) {
            final Case one = batch.cases().get(i);
            final Result right = batch.results().get(i);
            report.count(one, right);
            if (!Comparison.isVoid(right)
                    && !Comparison.compare(one, right, others.get(i)).isEmpty()) {
                differing.add(one);
            }
        }
        return differing;
    }

    private void lookInto(final Case one) throws IOException {
        if (unknown >= MOST_DIFFERENCES) {
            report.differs();
            return;
        }
        final Difference difference = new Shrinker(expected, actual).shrink(one);
        if (known.test(difference)) {
            report.known();
            return;
        }
        unknown++;
        report.differs();
        report.add(difference);
        onDifference.accept(difference);
    }
}
