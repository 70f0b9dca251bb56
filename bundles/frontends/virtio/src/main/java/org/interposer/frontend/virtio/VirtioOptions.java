package org.interposer.frontend.virtio;

import java.util.OptionalInt;

/**
 * How a virtio device is plugged in.
 *
 * @param slot PCI device number wanted, empty for the next free one
 * @param pollNanos longest time an I/O thread looks at its ring before it sleeps; 0 sleeps at once
 */
public record VirtioOptions(OptionalInt slot, long pollNanos) {
    /** Next free slot, no polling. */
    public static final VirtioOptions DEFAULT = new VirtioOptions(OptionalInt.empty(), 0);
}
