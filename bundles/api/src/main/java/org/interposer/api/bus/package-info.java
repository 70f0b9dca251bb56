/**
 * The I/O bus: port and MMIO ranges, the handlers behind them, and doorbells.
 *
 * <pre>
 * vCPU exit → IoBus.read/write(space, address) → sorted ranges → IoHandler of the device
 * guest kick → doorbell: in the kernel (ioeventfd) or here → IoEvent.signal() → I/O thread of the device
 * </pre>
 *
 * <p>Accesses that no range claims read as all ones and swallow writes, as on a PC.
 */
@Export
@Version("1.0.0")
package org.interposer.api.bus;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
