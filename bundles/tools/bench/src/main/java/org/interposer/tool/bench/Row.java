package org.interposer.tool.bench;

import java.util.Optional;
import java.util.function.DoublePredicate;

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

    /**
     * A figure whose ratio to a peer's is bounded; without a peer nothing is.
     *
     * @param ours in the order of the runs
     * @param theirs the peer's, in the same order, empty without a peer
     * @param bound the ratios' median that is right
     */
    static Row compared(
            String what,
            String unit,
            double[] ours,
            String peer,
            Optional<double[]> theirs,
            String wanted,
            DoublePredicate bound,
            String settings) {
        Optional<Samples> ratio = theirs.map(v -> Samples.ratios(ours, v));
        return new Row(
                what,
                unit,
                new Samples(ours),
                theirs.map(v -> new Peer(peer, new Samples(v))),
                ratio,
                ratio.isPresent() ? wanted : "",
                ratio.map(r -> bound.test(r.median())).orElse(true),
                settings);
    }
}
