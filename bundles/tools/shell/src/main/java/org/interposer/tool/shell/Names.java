package org.interposer.tool.shell;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Helps those who mistype. */
final class Names {
    private Names() {}

    /** {@code ; did you mean X?} when there is a name near it, else nothing. */
    static String nearest(String typed, Collection<String> known) {
        int limit = Math.max(typed.length() > 3 ? 2 : 1, typed.length() / 3);
        return known.stream()
                .filter(name -> distance(typed, name) <= Math.min(limit, typed.length() - 1))
                .min(Comparator.comparingInt(name -> distance(typed, name)))
                .map(name -> "; did you mean " + name + "?")
                .orElse("");
    }

    /** {@code there is a, b} or {@code there is none}. */
    static String list(Collection<String> known) {
        List<String> sorted = known.stream().sorted().toList();
        return sorted.isEmpty() ? "there is none" : "there is " + String.join(", ", sorted);
    }

    /** An error about a thing that is not there: what there is, and what may have been meant. */
    static IllegalArgumentException unknown(
            String kind, String name, Collection<String> known, String wayOut) {
        String hint = nearest(name, known);
        return new IllegalArgumentException(
                String.format(
                        "there is no %s '%s'; %s%s%s",
                        kind,
                        name,
                        list(known),
                        hint,
                        hint.isEmpty() && !wayOut.isEmpty() ? "; " + wayOut : ""));
    }

    /** Edits needed to make one word of the other. */
    static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
