package org.interposer.itests.differential;

/** The addresses a case sees, and the shared file; the same numbers as in the oracle's layout.h. */
public final class Layout {
    /** Two writable pages; the page before is not mapped. */
    public static final int DATA = 0x10000000;

    /** Bytes of {@link #DATA}. */
    public static final int DATA_SIZE = 0x2000;

    /** A page that can only be read; what follows it is not mapped. */
    public static final int READ_ONLY = DATA + DATA_SIZE;

    /** Bytes of {@link #READ_ONLY}. */
    public static final int READ_ONLY_SIZE = 0x1000;

    /** A writable page with nothing mapped on either side. */
    public static final int STACK = 0x11000000;

    /** Bytes of {@link #STACK}. */
    public static final int STACK_SIZE = 0x1000;

    /** Code that gets here has left the case. */
    public static final int EXIT = 0x1ffff000;

    /** Code, readable and not writable; what follows it is not mapped. */
    public static final int CODE = 0x20000000;

    /** Bytes of {@link #CODE}. */
    public static final int CODE_SIZE = 0x10000;

    /** Bytes of code in a case, padded with INT3. */
    public static final int CODE_MAX = 128;

    /** The part of the data whose contents belong to the case; it straddles the two pages. */
    public static final int WINDOW = 0x10000f80;

    /** Bytes of {@link #WINDOW}. */
    public static final int WINDOW_SIZE = 256;

    /** Bytes of the common initial contents: data, read-only page, stack, in this order. */
    public static final int PATTERN_SIZE = DATA_SIZE + READ_ONLY_SIZE + STACK_SIZE;

    /** Changed words that a result lists; a hash covers those beyond. */
    public static final int CHANGES = 64;

    static final int CASE_FLAGS = 128;
    static final int CASE_RIP = 136;
    static final int CASE_CODE = 160;
    static final int CASE_WINDOW = 288;
    static final int CASE_FX = 544;
    static final int CASE_BYTES = 1088;

    static final int RESULT_FLAGS = 128;
    static final int RESULT_RIP = 136;
    static final int RESULT_TRAP = 144;
    static final int RESULT_ERROR = 148;
    static final int RESULT_CR2 = 152;
    static final int RESULT_CHANGES = 160;
    static final int RESULT_HASH = 168;
    static final int RESULT_FX = 176;
    static final int RESULT_CHANGE = 688;
    static final int RESULT_BYTES = RESULT_CHANGE + 16 * CHANGES;

    private Layout() {}

    /**
     * The contents of data, read-only page and stack before any case: every address looks
     * different.
     */
    public static byte[] pattern() {
        final byte[] pattern = new byte[PATTERN_SIZE];
        long word = 0x1234_5678_9abc_def1L;
        for (int i = 0; i < pattern.length; i++) {
            word = word * 6364136223846793005L + 1442695040888963407L;
            pattern[i] = (byte) (word >>> 56);
        }
        return pattern;
    }
}
