package org.interposer.itests.differential;

import java.util.Locale;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * The command line.
 *
 * @param cases how many
 * @param seed of the generator
 * @param first number of the first case
 * @param form only forms whose name matches
 * @param without no forms whose name matches
 * @param longest most instructions in a sequence
 * @param show differences to print in full
 * @param self compare the processor with itself
 * @param list print the table of exceptions and end
 */
record Options(
        long cases,
        long seed,
        long first,
        Pattern form,
        Pattern without,
        int longest,
        int show,
        boolean self,
        boolean list) {

    static final String HELP =
            String.join(
                    System.lineSeparator(),
                    "usage: differential [--cases N] [--seed N] [--first N] [--form REGEX]",
                    "                    [--without REGEX] [--longest N] [--show N] [--self]"
                            + " [--list]",
                    "  --cases N        sequences to run, with k or m (default 100k)",
                    "  --seed N         what the generator starts from (default 1)",
                    "  --first N        number of the first case (default 0)",
                    "  --form REGEX     only instruction forms of forms.txt that match",
                    "  --without REGEX  no instruction forms that match",
                    "  --longest N      most instructions in a sequence (default 8)",
                    "  --show N         differences to print in full (default 5)",
                    "  --self           the processor against itself: proves the test, not the CPU",
                    "  --list           print what is not compared, and end",
                    "Exit status: 0 no difference, 1 differences, 2 wrong usage, 3 cannot run.");

    static Options parse(final String... arguments) {
        Options options =
                new Options(
                        100_000,
                        1,
                        0,
                        Pattern.compile(""),
                        Pattern.compile("(?!)"),
                        8,
                        5,
                        false,
                        false);
        for (int i = 0; i < arguments.length; i++) {
            final String name = arguments[i];
            if (name.equals("--self")) {
                options = options.with(name, "");
            } else if (name.equals("--list")) {
                options = options.with(name, "");
            } else if (i + 1 == arguments.length) {
                throw new IllegalArgumentException(name + " is unknown or needs a value");
            } else {
                options = options.with(name, arguments[++i]);
            }
        }
        return options;
    }

    private Options with(final String name, final String value) {
        try {
            return new Options(
                    name.equals("--cases") ? number(value) : cases,
                    name.equals("--seed") ? number(value) : seed,
                    name.equals("--first") ? number(value) : first,
                    name.equals("--form") ? Pattern.compile(value) : form,
                    name.equals("--without") ? Pattern.compile(value) : without,
                    name.equals("--longest") ? (int) number(value) : longest,
                    name.equals("--show") ? (int) number(value) : show,
                    name.equals("--self") || self,
                    known(name).equals("--list") || list);
        } catch (final NumberFormatException | PatternSyntaxException e) {
            throw new IllegalArgumentException(name + ": cannot read '" + value + "'", e);
        }
    }

    private static String known(final String name) {
        if (!name.matches("--(cases|seed|first|form|without|longest|show|self|list)")) {
            throw new IllegalArgumentException("unknown option " + name);
        }
        return name;
    }

    private static long number(final String text) {
        final String lower = text.toLowerCase(Locale.ROOT);
        final long unit = lower.endsWith("m") ? 1_000_000 : lower.endsWith("k") ? 1000 : 1;
        return unit * Long.parseLong(unit == 1 ? lower : lower.substring(0, lower.length() - 1));
    }
}
