package org.interposer.api.block;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One change of a chain, done or refused. Durations are in nanoseconds.
 *
 * @param time when it began
 * @param cause {@code swap}, {@code insert}, {@code remove}, {@code hold}, {@code stage-gone},
 *     {@code stage-back}, {@code lost} …
 * @param before the chain it found
 * @param after the chain it left
 * @param openNanos opening new stages, before the hold; the guest does not notice it
 * @param holdNanos from closing admission to opening it again: the pause that the guest can see
 * @param drainNanos of it, waiting for requests in flight
 * @param flushNanos of it, flushing the old chain
 * @param switchNanos of it, linking the new chain
 * @param inFlight requests in flight when admission closed
 * @param reissued requests that had been lost and were sent again on the new chain
 * @param refusal why it was not done; empty when it was
 */
public record SwapReport(
        Instant time,
        String cause,
        List<String> before,
        List<String> after,
        long openNanos,
        long holdNanos,
        long drainNanos,
        long flushNanos,
        long switchNanos,
        int inFlight,
        int reissued,
        Optional<String> refusal) {
    /** Copies the lists. */
    public SwapReport {
        before = List.copyOf(before);
        after = List.copyOf(after);
    }
}
