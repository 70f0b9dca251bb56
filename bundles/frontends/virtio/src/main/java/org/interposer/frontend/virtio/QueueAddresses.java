package org.interposer.frontend.virtio;

/**
 * Where the driver put the three parts of a split virtqueue (virtio 1.2 §2.7).
 *
 * @param size number of descriptors, a power of two, at most {@link Virtqueue#MAX_SIZE}
 * @param descriptors guest-physical address of the descriptor table, 16-byte aligned
 * @param available of the available ring (driver area), 2-byte aligned
 * @param used of the used ring (device area), 4-byte aligned
 */
public record QueueAddresses(int size, long descriptors, long available, long used) {}
