/**
 * PCI functions as a front-end describes them and as the host bridge offers them.
 *
 * <p>The front-end gives a {@link org.interposer.api.pci.PciFunctionSpec} (identity, BARs,
 * capabilities, MSI-X) and gets a {@link org.interposer.api.pci.PciFunction}. Configuration
 * mechanism #1 and ECAM, BAR sizing and relocation, write masks and interrupt routing belong to the
 * host bridge (PCI Local Bus Specification 2.3 chapter 6).
 */
@Export
@Version("1.0.0")
package org.interposer.api.pci;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
