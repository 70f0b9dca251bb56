/**
 * Guest-physical memory as devices, engines and boot loaders see it.
 *
 * <p>{@link org.interposer.api.memory.GuestMemory} is a sorted list of regions (RAM, ROM) with
 * holes between them. A guest address that is not RAM is an error value for the caller ({@code
 * false}, or an empty Optional), never an exception and never a crash. There are three ways in,
 * from slow to fast: copying byte arrays; a {@link org.interposer.api.memory.MemoryWindow} for
 * structures shared with the guest (rings), whose accessors name their memory ordering; and {@link
 * org.interposer.api.memory.MemorySlices}, a pooled scatter/gather list that file and network
 * channels read and write without copying.
 *
 * <pre>
 * descriptor (gpa, len) → GuestMemory.slices() → MemorySlices → FileChannel / preadv
 *                                                      └→ markDirty() when a device wrote
 * </pre>
 *
 * <p>Every host mapping stays valid for as long as any window, slice list or buffer made from it is
 * reachable; closing the memory gives its pages back to the host but never unmaps them under a
 * running I/O.
 */
@Export
@Version("1.0.0")
package org.interposer.api.memory;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
