/**
 * What all virtio devices share: the device's side of split virtqueues and the PCI transport
 * (virtio 1.2).
 *
 * <pre>
 * guest: descriptors → available ring → doorbell → IoEvent
 *                                                     ↓ I/O thread of the queue
 *            DescriptorChain ← Virtqueue.pop ← QueueHandler.serve
 *                  └→ the device works → Virtqueue.push → publish → used ring → MSI-X or INTx
 * </pre>
 *
 * <p>The rooms: registers ({@code CommonRegisters}, {@code ConfigWindow}), rings ({@link
 * org.interposer.frontend.virtio.Virtqueue}), state ({@link
 * org.interposer.frontend.virtio.VirtioPciDevice#save}), metrics ({@link
 * org.interposer.frontend.virtio.QueueMetrics}).
 *
 * <p>Whatever a guest writes into a ring ends in a {@link
 * org.interposer.frontend.virtio.QueueError}, which the transport turns into DEVICE_NEEDS_RESET
 * (§2.1.2).
 */
@Export
@Version("1.0.0")
package org.interposer.frontend.virtio;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
