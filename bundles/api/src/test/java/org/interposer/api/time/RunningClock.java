package org.interposer.api.time;

/** A machine's clock that runs with the host's; for tests in which nothing arms a timer. */
public final class RunningClock implements MachineClock {
    @Override
    public long nanos() {
        return System.nanoTime();
    }

    @Override
    public long wallNanos() {
        return System.currentTimeMillis() * 1_000_000;
    }

    /** One that can only be cancelled. */
    @Override
    public DeviceTimer newTimer(String name, Runnable expired) {
        return new DeviceTimer() {
            @Override
            public void arm(long deadlineNanos) {
                throw new UnsupportedOperationException(name + ": no timer expires here");
            }

            @Override
            public void cancel() {
                // It is never armed.
            }

            @Override
            public void close() {
                // As above.
            }
        };
    }
}
