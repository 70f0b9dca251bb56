package org.interposer.frontend.virtio.blk;

import java.util.List;

/** Gives a running disk another chain. */
@FunctionalInterface
interface ChainSwap {
    /** Begins and returns at once; the outcome is logged. */
    void swap(String machine, String device, List<String> chain);
}
