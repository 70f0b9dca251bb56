/**
 * Guest memory over a memfd.
 *
 * <pre>
 * RamFile (memfd, or an unlinked file)
 *    └ FileChannel.map: pieces of 1 GiB that overlap by 64 MiB ─→ RamRegion (low, high)
 *         └ MappedGuestMemory: read, write, window, slices, ROMs, listeners ─→ RamDirtyLog
 * </pre>
 *
 * <p>The garbage collector unmaps a piece when no buffer made from it is left; nothing here does.
 */
package org.interposer.core.memory;
