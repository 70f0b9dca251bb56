/**
 * A block back-end over a raw file or a block device.
 *
 * <pre>
 * configuration → FileBackendProvider → open(): DiskFile (checks, lock, size) → FileBackend
 *
 * submit → [workers] → one slice:      FileChannel, positional
 *                      several slices: preadv, pwritev over iovecs of host addresses
 *                      O_DIRECT:       the same when aligned, else through a bounce buffer
 *                      FLUSH:          fdatasync      DISCARD, WRITE_ZEROES: fallocate
 * </pre>
 *
 * <p>Nothing is copied except where O_DIRECT wants an alignment that the guest does not keep.
 */
package org.interposer.backend.block.file;
