package org.interposer.itests.differential;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Counts what a run did and found. */
public final class Report {
    private final Map<String, long[]> forms = new HashMap<>();
    private final Map<String, List<Difference>> differences = new TreeMap<>();
    private final Map<Integer, Long> traps = new TreeMap<>();
    private long cases;
    private long instructions;
    private long voids;
    private long differing;
    private long known;

    /** A report on these forms. */
    public Report(final List<String> names) {
        names.forEach(name -> forms.put(name, new long[1]));
    }

    /** Counts a case and what the real processor did. */
    public void count(final Case one, final Result expected) {
        cases++;
        for (final Case.Step step : one.steps()) {
            final long[] count = forms.get(step.form());
            if (count != null) {
                count[0]++;
                instructions++;
            }
        }
        if (Comparison.isVoid(expected)) {
            voids++;
        } else {
            traps.merge(expected.trap(), 1L, Long::sum);
        }
    }

    /** Counts a case that differs. */
    public void differs() {
        differing++;
    }

    /** Counts a case that differs as processors of this host's maker are known to. */
    public void known() {
        known++;
    }

    /** Keeps a difference that was looked into. */
    public void add(final Difference difference) {
        differences.computeIfAbsent(difference.forms(), key -> new ArrayList<>()).add(difference);
    }

    /** Cases so far. */
    public long cases() {
        return cases;
    }

    /** Cases that differ. */
    public long differing() {
        return differing;
    }

    /** Forms that no case has used. */
    public long missing() {
        return forms.values().stream().filter(count -> count[0] == 0).count();
    }

    /** Cases that say nothing: system calls and runaways. */
    public long voids() {
        return voids;
    }

    /** How often each exception came, by vector; -1 for none. */
    public Map<Integer, Long> traps() {
        return Map.copyOf(traps);
    }

    /** Prints the summary. */
    public void print(final PrintStream out) {
        final long least = forms.values().stream().mapToLong(count -> count[0]).min().orElse(0);
        out.printf(
                "forms: %d, covered %d, each at least %d times%n",
                forms.size(), forms.size() - missing(), least);
        out.printf("cases: %d with %d instructions; %d void%n", cases, instructions, voids);
        final StringBuilder ends = new StringBuilder("ended by:");
        traps.forEach(
                (trap, count) ->
                        ends.append(
                                trap == Result.NONE
                                        ? " exit " + count
                                        : " #" + trap + " " + count));
        out.println(ends);
        if (known > 0) {
            out.printf("cases that differ as this maker's processors do, see --list: %d%n", known);
        }
        out.printf("cases that differ: %d%n", differing);
        differences.entrySet().stream()
                .sorted(Comparator.comparing(entry -> -entry.getValue().size()))
                .limit(400)
                .forEach(entry -> printGroup(out, entry.getKey(), entry.getValue()));
    }

    private static void printGroup(
            final PrintStream out, final String name, final List<Difference> group) {
        final Difference first = group.get(0);
        out.printf(
                "%7d  %s%n         case %d: %s%n",
                group.size(), name, first.found().index(), String.join("; ", first.lines()));
    }
}
