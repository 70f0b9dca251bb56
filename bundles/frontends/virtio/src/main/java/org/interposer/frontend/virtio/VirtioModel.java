package org.interposer.frontend.virtio;

import org.interposer.api.bus.IoEvent;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * What makes one virtio device differ from another. Constant but for {@link #config}, whose later
 * values go to {@link VirtioPciDevice#updateConfig}.
 */
@ConsumerType
public interface VirtioModel {
    /** Device type (virtio 1.2 §5): 2 for a block device. */
    int type();

    /** PCI class code, 24 bits. */
    int classCode();

    /** Feature bits of the device type that it offers; the transport adds {@link Features}. */
    long features();

    /** Number of queues, at least 1. */
    int queues();

    /** Descriptors of a queue, a power of two, at most {@link Virtqueue#MAX_SIZE}. */
    int queueSize();

    /**
     * Makes what serves a queue; called once a queue when the device is realized.
     *
     * @param wake wakes the queue's I/O thread, from any thread
     */
    QueueHandler handler(int queue, IoEvent wake);

    /** The device's configuration space as it is now, little-endian. */
    byte[] config();

    /**
     * The driver wrote to the configuration space; calls {@link VirtioPciDevice#updateConfig} if it
     * accepts that. vCPU thread; must not block.
     */
    default void configWritten(int offset, int size, long value) {}

    /**
     * The driver has chosen among all offered features (FEATURES_OK). vCPU thread; must not block.
     */
    default void negotiated(long features) {}

    /** Back to the state after power-on; all queues are at rest. Must not block. */
    default void reset() {}
}
