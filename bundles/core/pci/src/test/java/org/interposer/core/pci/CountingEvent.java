package org.interposer.core.pci;

import java.util.OptionalInt;
import org.interposer.api.bus.IoEvent;

/** Counts its signals. */
final class CountingEvent implements IoEvent {
    int signals;

    @Override
    public void signal() {
        signals++;
    }

    @Override
    public boolean await(long timeoutNanos) {
        return signals > 0;
    }

    @Override
    public OptionalInt descriptor() {
        return OptionalInt.empty();
    }

    @Override
    public void close() {}
}
