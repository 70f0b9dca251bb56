/**
 * Devices the guest sees.
 *
 * <p>A front-end is made from a factory configuration whose service properties name its machine and
 * its id. The machine realizes it: it plugs its registers on the bus, its interrupts on the
 * controller and its chain on a port.
 *
 * <pre>
 * configured → realize(DeviceHost) → running ⇄ quiesced → save / restore → unrealize
 * </pre>
 */
@Export
@Version("1.0.0")
package org.interposer.api.frontend;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
