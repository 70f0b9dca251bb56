package org.interposer.api.time;

import org.osgi.annotation.versioning.ProviderType;

/** Guest time of one machine. Thread-safe. */
@ProviderType
public interface MachineClock {
    /**
     * Nanoseconds since the machine was started, not counting the time it was paused. Monotonic.
     */
    long nanos();

    /** Wall-clock time now, in nanoseconds since 1970-01-01 UTC; what the CMOS clock shows. */
    long wallNanos();

    /**
     * A one-shot timer, disarmed.
     *
     * @param name for listings
     * @param expired called on the machine's timer thread when the deadline has passed; must be
     *     short and must not block
     */
    DeviceTimer newTimer(String name, Runnable expired);
}
