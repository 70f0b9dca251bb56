package org.interposer.frontend.virtio;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Waits under a device's lock, which is given up meanwhile, for what its workers notify. */
final class LimitedWait {
    private final String id;
    private final Object lock;
    private final Duration limit;

    /**
     * A wait.
     *
     * @param id of the device, for messages
     * @param limit of {@link #demand}
     */
    LimitedWait(String id, Object lock, Duration limit) {
        this.id = id;
        this.lock = lock;
        this.limit = limit;
    }

    /**
     * Waits for the condition; lock held.
     *
     * @param what becomes of the device then, for the message
     * @throws IllegalStateException when it does not hold in time
     */
    void demand(BooleanSupplier condition, String what) {
        if (!until(condition, limit)) {
            throw new IllegalStateException(
                    id
                            + " cannot be "
                            + what
                            + ": requests are still with its back-end after "
                            + limit.toSeconds()
                            + " s; release its port or bring the back-end back");
        }
    }

    /**
     * Waits for the condition; lock held.
     *
     * @return whether it holds; false too when the thread is interrupted
     */
    boolean until(BooleanSupplier condition, Duration atMost) {
        long end = System.nanoTime() + atMost.toNanos();
        while (!condition.getAsBoolean()) {
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= 0) {
                return false;
            }
            try {
                lock.wait(left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return true;
    }
}
