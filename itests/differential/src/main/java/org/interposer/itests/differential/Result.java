package org.interposer.itests.differential;

/**
 * What came of a case.
 *
 * @param after the state at the end: at the exit page, or as the exception reports it
 * @param trap the exception's vector, or one of the negative constants
 * @param error the error code, 0 for exceptions without
 * @param cr2 the faulting address, if {@code trap} is {@link #PAGE_FAULT}
 * @param changeCount how many aligned 8-byte words of data and stack differ from before
 * @param changeHash a hash over all of them
 * @param changes address and new contents of the first {@link Layout#CHANGES}, in pairs
 */
public record Result(
        State after,
        int trap,
        int error,
        long cr2,
        int changeCount,
        long changeHash,
        long[] changes) {
    /** The case ended at the exit page. */
    public static final int NONE = -1;

    /** The case did not end by itself. */
    public static final int RUNAWAY = -2;

    /** The case made a system call, which it must not. */
    public static final int SYSCALL = -3;

    /** The processor itself failed: a triple fault, or an exception of the JVM's. */
    public static final int BROKEN = -4;

    /** Vector of the page fault. */
    public static final int PAGE_FAULT = 14;

    /** Continues the hash over changed words; start with 0. */
    public static long hash(final long hash, final long address, final long value) {
        final long first = (hash ^ address) * 0x9e3779b97f4a7c15L;
        return (first ^ (first >>> 29) ^ value) * 0xbf58476d1ce4e5b9L;
    }
}
