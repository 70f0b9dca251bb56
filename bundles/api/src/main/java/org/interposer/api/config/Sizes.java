package org.interposer.api.config;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sizes in bytes as text: a number with an optional unit K, M, G or T, which are powers of 1024 and
 * may be followed by {@code B} or {@code iB} ({@code 512}, {@code 64K}, {@code 1.5G}, {@code 10
 * GiB}). Thread-safe.
 */
public final class Sizes {
    private static final String UNITS = "KMGT";
    private static final Pattern TEXT =
            Pattern.compile("([0-9]{1,18})(\\.[0-9]{1,6})?\\s*(?:([KMGT])(?:I?B)?|B)?");

    private Sizes() {}

    /**
     * Reads a size.
     *
     * @return bytes, not negative
     * @throws IllegalArgumentException when it is not a size; the message shows the text and how a
     *     size is written
     */
    public static long parse(String text) {
        Matcher m = TEXT.matcher(text.trim().toUpperCase(Locale.ROOT));
        if (!m.matches()) {
            throw wrong(text, "is not a size");
        }
        long unit = m.group(3) == null ? 1 : 1L << 10 * (UNITS.indexOf(m.group(3)) + 1);
        try {
            long whole = Math.multiplyExact(Long.parseLong(m.group(1)), unit);
            double part = m.group(2) == null ? 0 : Double.parseDouble("0" + m.group(2)) * unit;
            if (part != Math.rint(part)) {
                throw wrong(text, "is not a whole number of bytes");
            }
            return Math.addExact(whole, (long) part);
        } catch (ArithmeticException e) {
            throw wrong(text, "is more than 8 EiB");
        }
    }

    /** Writes a size for people: {@code 64 MiB}, {@code 1.5 GiB}, {@code 513 B}. */
    public static String format(long bytes) {
        int power = 0;
        double value = bytes;
        while (Math.abs(value) >= 1024 && power < UNITS.length()) {
            value /= 1024;
            power++;
        }
        String number =
                value == Math.rint(value)
                        ? Long.toString((long) value)
                        : String.format(Locale.ROOT, "%.1f", value);
        return number + (power == 0 ? " B" : " " + UNITS.charAt(power - 1) + "iB");
    }

    private static IllegalArgumentException wrong(String text, String what) {
        return new IllegalArgumentException(
                "'" + text + "' " + what + "; write bytes or a unit K, M, G, T: 512, 64K, 10G");
    }
}
