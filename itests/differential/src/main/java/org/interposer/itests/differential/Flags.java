package org.interposer.itests.differential;

/** The status flags of RFLAGS and their letters. */
public final class Flags {
    /** Carry. */
    public static final int C = 0x1;

    /** Parity. */
    public static final int P = 0x4;

    /** Auxiliary carry. */
    public static final int A = 0x10;

    /** Zero. */
    public static final int Z = 0x40;

    /** Sign. */
    public static final int S = 0x80;

    /** Overflow. */
    public static final int O = 0x800;

    /** All of them. */
    public static final int STATUS = C | P | A | Z | S | O;

    /** Direction. */
    public static final int D = 0x400;

    /** What a case compares: the status flags, direction, and ID, which a program may toggle. */
    public static final int COMPARED = STATUS | D | 0x200000;

    private static final String LETTERS = "OSZAPC";
    private static final int[] BITS = {O, S, Z, A, P, C};

    private Flags() {}

    /** The bits of letters such as {@code SZ}. */
    public static int parse(final String letters) {
        int bits = 0;
        for (final char letter : letters.toCharArray()) {
            final int at = LETTERS.indexOf(letter);
            if (at < 0) {
                throw new IllegalArgumentException("no flag is called " + letter);
            }
            bits |= BITS[at];
        }
        return bits;
    }

    /** The letters of the status flags in {@code bits}; a dash if there are none. */
    public static String letters(final long bits) {
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < BITS.length; i++) {
            if ((bits & BITS[i]) != 0) {
                text.append(LETTERS.charAt(i));
            }
        }
        return text.length() == 0 ? "-" : text.toString();
    }
}
