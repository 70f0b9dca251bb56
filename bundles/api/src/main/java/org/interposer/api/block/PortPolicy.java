package org.interposer.api.block;

import java.time.Duration;

/**
 * How a port treats time.
 *
 * @param holdLimit how long requests wait for a stage that disappeared; zero for ever
 * @param afterLimit what happens then
 * @param drainLimit how long a swap waits for requests in flight before it is given up
 */
public record PortPolicy(Duration holdLimit, AfterLimit afterLimit, Duration drainLimit) {
    /** What happens to waiting requests when the hold limit has passed. */
    public enum AfterLimit {
        /** They wait on; a warning is logged. */
        KEEP_HOLDING,
        /** They fail with an I/O error, and so do new ones until a successor is there. */
        FAIL
    }

    /** Hold for ever; drain for 30 s. */
    public static final PortPolicy DEFAULT =
            new PortPolicy(Duration.ZERO, AfterLimit.KEEP_HOLDING, Duration.ofSeconds(30));
}
