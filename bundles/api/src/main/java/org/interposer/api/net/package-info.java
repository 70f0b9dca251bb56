/**
 * Networking: batches of Ethernet frames both ways, link state, offloads and receive back-pressure.
 *
 * <pre>
 * front-end → NetBackend.transmit(batch)            (guest to world)
 * front-end ← NetReceiver.receive(batch) ← backend  (world to guest; may take fewer than offered)
 * </pre>
 */
@Export
@Version("1.0.0")
package org.interposer.api.net;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
