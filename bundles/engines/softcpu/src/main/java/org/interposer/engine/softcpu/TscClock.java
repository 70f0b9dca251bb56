package org.interposer.engine.softcpu;

import org.interposer.api.time.MachineClock;

/** The time-stamp counter of one vCPU: guest time at a stated frequency, so it stops in a pause. */
final class TscClock {
    private static final long NANOS_A_MILLI = 1_000_000;

    private final MachineClock clock;
    private final long khz;
    private volatile long offset;

    TscClock(MachineClock clock, long khz) {
        this.clock = clock;
        this.khz = khz;
    }

    long now() {
        return ticks() + offset;
    }

    /** What it shows at guest time 0, if it was not set since. */
    long origin() {
        return offset;
    }

    void set(long value) {
        offset = value - ticks();
    }

    private long ticks() {
        long nanos = clock.nanos();
        // In two parts, since the product of nanoseconds and kHz leaves 64 bits after some hours.
        return nanos / NANOS_A_MILLI * khz + nanos % NANOS_A_MILLI * khz / NANOS_A_MILLI;
    }

    long khz() {
        return khz;
    }
}
