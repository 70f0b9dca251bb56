package org.interposer.core.timers;

/**
 * Converts guest time to the ticks of an oscillator and back without overflow.
 *
 * @param hertz ticks a second
 */
record Frequency(long hertz) {
    private static final long SECOND = 1_000_000_000L;

    /** Ticks since guest time 0. */
    long ticks(long nanos) {
        return nanos / SECOND * hertz + nanos % SECOND * hertz / SECOND;
    }

    /** The first nanosecond in which {@link #ticks} reaches this tick. */
    long nanos(long tick) {
        return tick / hertz * SECOND + (tick % hertz * SECOND + hertz - 1) / hertz;
    }
}
