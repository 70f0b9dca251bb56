package org.interposer.core.timers;

import org.interposer.api.time.DeviceTimer;

/** A timer of a {@link ThreadedClock}; its fields are guarded by the clock's lock. */
final class ClockTimer implements DeviceTimer {
    static final int NOT_ARMED = -1;

    final String name;
    final Runnable expired;
    private final ThreadedClock clock;

    long deadline;
    int place = NOT_ARMED;
    boolean closed;

    ClockTimer(ThreadedClock clock, String name, Runnable expired) {
        this.clock = clock;
        this.name = name;
        this.expired = expired;
    }

    @Override
    public void arm(long deadlineNanos) {
        clock.arm(this, deadlineNanos);
    }

    @Override
    public void cancel() {
        clock.cancel(this);
    }

    @Override
    public void close() {
        clock.close(this);
    }
}
