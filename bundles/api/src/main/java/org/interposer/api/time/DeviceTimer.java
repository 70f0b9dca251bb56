package org.interposer.api.time;

import org.osgi.annotation.versioning.ProviderType;

/**
 * A one-shot timer in guest time. Thread-safe; {@link #arm} allocates nothing and makes no system
 * call while a timer with an earlier deadline is armed.
 */
@ProviderType
public interface DeviceTimer extends AutoCloseable {
    /**
     * Expires once when {@link MachineClock#nanos()} reaches the deadline, at once if it has;
     * replaces an earlier deadline.
     */
    void arm(long deadlineNanos);

    /** Disarms; an expiry that is already running may finish. */
    void cancel();

    /** Disarms for good. */
    @Override
    void close();
}
