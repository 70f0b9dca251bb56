/** The parts every virtio device shares: split virtqueues and the virtio PCI transport. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.interposer.frontend.virtio;
