package org.interposer.api.time;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Guest time that only the test moves, for tests of devices: from 0, while wall time starts at
 * 2026-11-23 12:34:56 UTC. Timers expire inside {@link #advance}, which is for the test's thread;
 * the rest is for any.
 */
public final class ManualClock implements MachineClock {
    private static final long WALL_START = 1_795_437_296L * 1_000_000_000L;

    private final List<ManualTimer> armed = new ArrayList<>();
    private long nanos;

    private final class ManualTimer implements DeviceTimer {
        private final Runnable expired;
        private long deadline;

        ManualTimer(Runnable expired) {
            this.expired = expired;
        }

        @Override
        public void arm(long deadlineNanos) {
            synchronized (ManualClock.this) {
                deadline = deadlineNanos;
                armed.remove(this);
                armed.add(this);
            }
        }

        @Override
        public void cancel() {
            synchronized (ManualClock.this) {
                armed.remove(this);
            }
        }

        @Override
        public void close() {
            cancel();
        }
    }

    @Override
    public synchronized long nanos() {
        return nanos;
    }

    @Override
    public synchronized long wallNanos() {
        return WALL_START + nanos;
    }

    @Override
    public DeviceTimer newTimer(String name, Runnable expired) {
        return new ManualTimer(expired);
    }

    /** Number of armed timers. */
    public synchronized int armed() {
        return armed.size();
    }

    /** Moves time on and lets timers expire at their deadlines. */
    public void advance(long by) {
        long end = nanos() + by;
        for (Optional<ManualTimer> due = due(end); due.isPresent(); due = due(end)) {
            due.get().expired.run();
        }
        synchronized (this) {
            nanos = end;
        }
    }

    /** The next timer, at its time and armed no more. */
    private synchronized Optional<ManualTimer> due(long end) {
        Optional<ManualTimer> due =
                armed.stream()
                        .filter(t -> t.deadline <= end)
                        .min(Comparator.comparingLong(t -> t.deadline));
        due.ifPresent(
                timer -> {
                    armed.remove(timer);
                    nanos = Math.max(nanos, timer.deadline);
                });
        return due;
    }
}
