/**
 * PCI host bridge, ISA bridge and configuration space: BARs, capabilities, INTx routing, MSI and
 * MSI-X.
 */
package org.interposer.core.pci;
