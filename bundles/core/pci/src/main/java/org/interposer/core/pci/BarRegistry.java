package org.interposer.core.pci;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.MappedRange;

/** All BARs on the bus, to tell them from the platform's ranges. Thread-safe. */
final class BarRegistry {
    private final List<BarDecoder> bars = new CopyOnWriteArrayList<>();

    void add(BarDecoder bar) {
        bars.add(bar);
    }

    void remove(BarDecoder bar) {
        bars.remove(bar);
    }

    List<BarDecoder> all() {
        return bars;
    }

    /** Whether something that is not a BAR answers at an address. */
    boolean isForeign(IoBus bus, AddressSpace space, long address) {
        for (MappedRange range : bus.ranges()) {
            if (range.space() == space
                    && Long.compareUnsigned(address - range.base(), range.length()) < 0
                    && bars.stream().noneMatch(bar -> bar.is(range))) {
                return true;
            }
        }
        return false;
    }
}
