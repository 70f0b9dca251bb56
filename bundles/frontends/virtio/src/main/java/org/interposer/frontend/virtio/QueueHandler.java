package org.interposer.frontend.virtio;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * What a device does with one of its queues. {@link #serve} and {@link #complete} are called on the
 * queue's I/O thread, the rest while that thread is at rest.
 */
@ConsumerType
public interface QueueHandler {
    /**
     * Serves at most one batch and publishes what is done.
     *
     * @return false when it cannot go on, whatever the ring holds; it will wake its thread when it
     *     can
     * @throws QueueError when the guest broke the rules; the device then needs a reset
     */
    boolean serve(Virtqueue queue) throws QueueError;

    /** Pushes and publishes what other threads have completed. */
    default void complete(Virtqueue queue) {}

    /** Whether other threads have completed something; any thread. */
    default boolean hasCompleted() {
        return false;
    }

    /** Chains whose memory another thread may still touch. */
    default int inFlight() {
        return 0;
    }

    /** Forgets all chains; none is in flight. */
    default void reset() {}
}
