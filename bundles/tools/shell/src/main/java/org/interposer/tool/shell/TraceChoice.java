package org.interposer.tool.shell;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.interposer.api.engine.TraceKind;

/** What to trace, in a user's words. */
final class TraceChoice {
    /** What every engine can show at least a part of. */
    static final String DEFAULT = "exceptions,io";

    /** Events in a file at most, unless the user says otherwise: some 50 MB. */
    static final int LIMIT = 1_000_000;

    private static final List<String> NAMES =
            Arrays.stream(TraceKind.values()).map(k -> k.name().toLowerCase(Locale.ROOT)).toList();

    private TraceChoice() {}

    /** Kinds with commas between them. */
    static Set<TraceKind> of(Arguments a, String option, String text) {
        Set<TraceKind> kinds = EnumSet.noneOf(TraceKind.class);
        for (String each : text.split(",", -1)) {
            String word = each.trim();
            kinds.add(
                    kind(word)
                            .orElseThrow(
                                    () ->
                                            a.wrong(
                                                    String.format(
                                                            "%s has '%s'; it takes %s%s",
                                                            option,
                                                            word,
                                                            String.join(", ", NAMES),
                                                            Names.nearest(word, NAMES)))));
        }
        return kinds;
    }

    private static Optional<TraceKind> kind(String word) {
        return NAMES.contains(word)
                ? Optional.of(TraceKind.valueOf(word.toUpperCase(Locale.ROOT)))
                : Optional.empty();
    }
}
