package org.interposer.core.timers;

import org.interposer.api.time.MachineClockFactory;
import org.interposer.api.time.ManagedClock;
import org.osgi.service.component.annotations.Component;

/** The service that makes clocks; it keeps none of them. */
@Component
public final class ComponentClockFactory implements MachineClockFactory {
    @Override
    public ManagedClock create(String machine) {
        return new ThreadedClock(machine);
    }
}
