package org.interposer.api.time;

import org.osgi.annotation.versioning.ProviderType;

/** Service that makes the clock of a machine. Thread-safe. */
@ProviderType
public interface MachineClockFactory {
    /**
     * A clock with a timer thread of its own, paused at 0.
     *
     * @param machine the machine's name, for the thread's name
     */
    ManagedClock create(String machine);
}
