/** The I/O bus: finds the device behind a port or MMIO address and rings doorbells. */
package org.interposer.core.iobus;
