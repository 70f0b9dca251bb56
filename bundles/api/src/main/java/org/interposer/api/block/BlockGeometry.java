package org.interposer.api.block;

/**
 * Size and abilities of a disk.
 *
 * @param sectors capacity in 512-byte sectors
 * @param logicalBlock smallest addressable unit in bytes: 512 or 4096
 * @param physicalBlock unit that is written without read-modify-write, bytes
 * @param optimalIo preferred size of a transfer in bytes, 0 for none
 * @param readOnly writes fail
 * @param discard DISCARD does something
 * @param writeZeroes WRITE_ZEROES is cheaper than writing
 */
public record BlockGeometry(
        long sectors,
        int logicalBlock,
        int physicalBlock,
        int optimalIo,
        boolean readOnly,
        boolean discard,
        boolean writeZeroes) {
    /** Bytes of a sector, the unit of all addresses and sizes here. */
    public static final int SECTOR = 512;

    /** Capacity in bytes. */
    public long bytes() {
        return sectors * SECTOR;
    }
}
