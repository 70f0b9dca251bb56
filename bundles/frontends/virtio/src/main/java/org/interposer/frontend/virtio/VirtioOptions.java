package org.interposer.frontend.virtio;

import java.time.Duration;
import java.util.OptionalInt;

/**
 * How a virtio device is plugged in.
 *
 * @param slot PCI device number wanted, empty for the next free one
 * @param pollNanos longest time an I/O thread looks at its ring before it sleeps; 0 sleeps at once
 * @param restLimit how long quiesce and reset wait for chains in flight
 */
public record VirtioOptions(OptionalInt slot, long pollNanos, Duration restLimit) {
    /** Next free slot, no polling, 60 s. */
    public static final VirtioOptions DEFAULT =
            new VirtioOptions(OptionalInt.empty(), 0, Duration.ofSeconds(60));

    /** The same in a certain slot. */
    public VirtioOptions in(OptionalInt wanted) {
        return new VirtioOptions(wanted, pollNanos, restLimit);
    }
}
