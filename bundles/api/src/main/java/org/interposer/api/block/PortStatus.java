package org.interposer.api.block;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A port at one moment.
 *
 * @param stages the chain, from the front-end down
 * @param hold why it is on hold; empty while it admits requests
 * @param geometry of the chain
 * @param inFlight admitted requests not yet completed
 * @param admitted requests admitted since it was opened
 * @param failed requests completed with an error the guest saw
 * @param pauses all pauses so far
 */
public record PortStatus(
        List<Stage> stages,
        Optional<String> hold,
        BlockGeometry geometry,
        int inFlight,
        long admitted,
        long failed,
        Pauses pauses) {
    /** Copies the list. */
    public PortStatus {
        stages = List.copyOf(stages);
    }

    /**
     * A stage.
     *
     * @param id its id
     * @param description its provider's line
     * @param present whether its provider is there now
     * @param metrics its figures
     */
    public record Stage(
            String id, String description, boolean present, Map<String, String> metrics) {}

    /** Pauses of admission: count and nanoseconds. */
    public record Pauses(long count, long p50, long p99, long max) {}
}
