package org.interposer.api.block;

import org.osgi.annotation.versioning.ConsumerType;

/** A stage that wants to see how a request ended. */
@FunctionalInterface
@ConsumerType
public interface BlockCompletion {
    /**
     * The request has come back up to this stage. The stage passes it on with {@link
     * BlockRequest#complete}, at once or later; the front-end, which is last, keeps it. May be
     * called on any thread, also inside {@code submit}; must not block.
     *
     * @param cookie what the stage pushed
     */
    void completed(BlockRequest request, BlockStatus status, long cookie);
}
