package org.interposer.api.time;

/** A machine's clock that runs with the host's; for tests in which no timer expires. */
public final class RunningClock implements MachineClock {
    @Override
    public long nanos() {
        return System.nanoTime();
    }

    @Override
    public long wallNanos() {
        return System.currentTimeMillis() * 1_000_000;
    }

    /** One that never expires. */
    @Override
    public DeviceTimer newTimer(String name, Runnable expired) {
        return new DeviceTimer() {
            @Override
            public void arm(long deadlineNanos) {
                // Never expires.
            }

            @Override
            public void cancel() {
                // As above.
            }

            @Override
            public void close() {
                // As above.
            }
        };
    }
}
