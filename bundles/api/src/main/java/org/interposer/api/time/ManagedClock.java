package org.interposer.api.time;

import org.interposer.api.state.StateRecord;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The clock of one machine as the machine itself sees it: it starts paused at 0, and only the
 * machine lets it run. Thread-safe.
 */
@ProviderType
public interface ManagedClock extends MachineClock, AutoCloseable {
    /**
     * Lets guest time run on; deadlines that have passed expire at once. Does nothing while it
     * runs.
     */
    void resume();

    /**
     * Stops guest time. When it returns no expiry runs and none will until {@link #resume}, unless
     * it is called by an expiry itself. Does nothing while it is paused.
     */
    void pause();

    /** Guest time, for {@link #restore}. The clock is paused. */
    StateRecord save();

    /**
     * Sets guest time to that of {@link #save}, before devices arm their timers again. The clock is
     * paused.
     */
    void restore(StateRecord state);

    /** Ends the timer thread; timers stay silent for good. Idempotent. */
    @Override
    void close();
}
