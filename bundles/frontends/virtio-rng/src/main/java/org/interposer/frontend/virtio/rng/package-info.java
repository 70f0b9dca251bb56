/** The virtio entropy device. */
package org.interposer.frontend.virtio.rng;
