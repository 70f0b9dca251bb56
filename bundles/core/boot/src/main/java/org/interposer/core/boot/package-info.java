/**
 * Puts a kernel into guest memory and says in which state vCPU 0 enters it.
 *
 * <pre>
 * BootSource → ImageFile (bounds-checked) → LinuxLoader | PvhLoader | MultibootLoader
 *                                               ├→ Placement → GuestMemory
 *                                               └→ EntryState → CpuState
 * </pre>
 *
 * <p>Nothing in an image is believed: every offset is checked against the file, every address
 * against the RAM and against what is placed already. Whatever is wrong ends in a {@link
 * org.interposer.api.boot.BootException}.
 */
package org.interposer.core.boot;
