package org.interposer.itests.differential;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Takes instructions out of a case as long as the two processors still disagree. */
public final class Shrinker {
    private static final byte NOP = (byte) 0x90;

    private final UserCpu expected;
    private final UserCpu actual;

    /** Compares these two. */
    public Shrinker(final UserCpu expected, final UserCpu actual) {
        this.expected = expected;
        this.actual = actual;
    }

    /** The shortest disagreement found. */
    public Difference shrink(final Case found) throws IOException {
        final List<List<Case.Step>> units = units(found.steps());
        final List<Case.Step> kept = new ArrayList<>(found.steps());
        // Without one of its instructions another flag may be undefined at the end.
        Case smallest =
                new Case(
                        found.index(),
                        found.steps(),
                        found.code(),
                        found.before(),
                        found.window(),
                        found.undefinedOnFault(),
                        found.undefinedOnFault());
        for (int i = units.size() - 1; i >= 0 && units.size() > 1; i--) {
            final byte[] code = smallest.code().clone();
            for (final Case.Step step : units.get(i)) {
                Arrays.fill(code, step.offset(), step.offset() + step.length(), NOP);
            }
            final Case shorter = smallest.withCode(code);
            final Result right = one(expected, shorter);
            if (!Comparison.isVoid(right)
                    && !Comparison.compare(shorter, right, one(actual, shorter)).isEmpty()) {
                smallest = shorter;
                kept.removeAll(units.get(i));
            }
        }
        if (kept.size() == found.steps().size()) {
            smallest = found;
        }
        final Result right = one(expected, smallest);
        final Result other = one(actual, smallest);
        return new Difference(
                found, smallest, kept, right, other, Comparison.compare(smallest, right, other));
    }

    private static Result one(final UserCpu cpu, final Case one) throws IOException {
        return cpu.run(List.of(one)).get(0);
    }

    /** Each instruction with what serves it. */
    private static List<List<Case.Step>> units(final List<Case.Step> steps) {
        return List.copyOf(
                steps.stream()
                        .collect(
                                Collectors.groupingBy(
                                        Case.Step::unit, TreeMap::new, Collectors.toList()))
                        .values());
    }
}
