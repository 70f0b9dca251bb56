package org.interposer.api.net;

import org.interposer.api.memory.MemorySlices;

/**
 * One Ethernet frame, or a super-frame to be segmented. Pooled: belongs to its batch and is reused
 * with it.
 */
public final class Frame {
    /** Most slices of a frame. */
    public static final int MAX_SLICES = 64;

    private final MemorySlices data = new MemorySlices(MAX_SLICES);
    private int headerFlags;
    private int gsoType;
    private int gsoSize;
    private int headerLength;
    private int checksumStart;
    private int checksumOffset;

    /** The frame's bytes from the destination address on, without FCS. */
    public MemorySlices data() {
        return data;
    }

    /**
     * Sets the fields of the virtio-net header (virtio 1.2 §5.1.6).
     *
     * @param flags bit 0: checksum needed; bit 1: checksum already validated
     * @param type GSO type, 0 for none
     * @param headerLength bytes of headers before the payload
     * @param size payload bytes of each segment
     * @param checksumStart offset where checksumming starts
     * @param checksumOffset offset of the checksum field from there
     */
    public void header(
            int flags,
            int type,
            int headerLength,
            int size,
            int checksumStart,
            int checksumOffset) {
        this.headerFlags = flags;
        this.gsoType = type;
        this.headerLength = headerLength;
        this.gsoSize = size;
        this.checksumStart = checksumStart;
        this.checksumOffset = checksumOffset;
    }

    /** Forgets bytes and header. */
    public void clear() {
        data.clear();
        header(0, 0, 0, 0, 0, 0);
    }

    /** Bit 0: checksum needed; bit 1: validated. */
    public int headerFlags() {
        return headerFlags;
    }

    /** GSO type, 0 for none. */
    public int gsoType() {
        return gsoType;
    }

    /** Payload bytes of each segment. */
    public int gsoSize() {
        return gsoSize;
    }

    /** Bytes of headers before the payload. */
    public int headerLength() {
        return headerLength;
    }

    /** Offset where checksumming starts. */
    public int checksumStart() {
        return checksumStart;
    }

    /** Offset of the checksum field from {@link #checksumStart}. */
    public int checksumOffset() {
        return checksumOffset;
    }
}
