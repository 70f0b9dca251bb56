package org.interposer.api.bus;

import java.util.OptionalInt;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What an I/O thread waits on: a counter that is signalled by doorbells, completions and stop
 * requests alike. Signals are sticky: one that comes before the wait ends it at once; several
 * coalesce. One thread waits; any thread signals.
 */
@ProviderType
public interface IoEvent extends AutoCloseable {
    /**
     * Wakes the waiting thread, or its next wait. Costs no system call while a signal is already
     * pending.
     */
    void signal();

    /**
     * Waits for a signal and consumes all pending ones.
     *
     * @param timeoutNanos longest wait; {@link Long#MAX_VALUE} waits for ever, 0 only looks
     * @return whether there was a signal
     */
    boolean await(long timeoutNanos);

    /** The eventfd behind it, for doorbells in the kernel; empty where there is none. */
    OptionalInt descriptor();

    /** Frees it. A waiting thread returns false. */
    @Override
    void close();
}
