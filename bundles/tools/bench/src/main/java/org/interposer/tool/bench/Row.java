package org.interposer.tool.bench;

import java.util.Optional;

/**
 * One line of the table.
 *
 * @param what the figure
 * @param unit its unit
 * @param ours what Interposer did
 * @param peer who it is compared with, and what it did; empty without a peer
 * @param ratio run by run, ours over the peer's
 * @param wanted the bound as text: {@code >= 1.0}
 * @param met whether the median (or the count) keeps the bound
 * @param settings how it was measured
 */
record Row(
        String what,
        String unit,
        Samples ours,
        Optional<Peer> peer,
        Optional<Samples> ratio,
        String wanted,
        boolean met,
        String settings) {

    /** The other side of a comparison. */
    record Peer(String name, Samples samples) {}
}
