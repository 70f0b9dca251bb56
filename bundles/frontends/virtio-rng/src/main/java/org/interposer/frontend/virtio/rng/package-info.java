/**
 * The virtio entropy device (virtio 1.2 §5.4): fills what the guest offers with random bytes of the
 * host, at most so many a period.
 *
 * <pre>
 * requestq → EntropyQueue → Budget → host entropy → used ring
 * </pre>
 */
package org.interposer.frontend.virtio.rng;
