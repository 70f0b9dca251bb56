package org.interposer.frontend.virtio.blk;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.interposer.api.block.BlockGeometry;
import org.interposer.frontend.virtio.Features;

/** Feature bits and configuration space of the block device (virtio 1.2 §5.2.3, §5.2.4). */
final class BlkRegisters {
    static final long SEG_MAX = 1L << 2;
    static final long READ_ONLY = 1L << 5;
    static final long BLK_SIZE = 1L << 6;
    static final long FLUSH = 1L << 9;
    static final long TOPOLOGY = 1L << 10;
    static final long CONFIG_WCE = 1L << 11;
    static final long MULTI_QUEUE = 1L << 12;
    static final long DISCARD = 1L << 13;
    static final long WRITE_ZEROES = 1L << 14;

    /** Offset of the field that switches the write cache. */
    static final int WRITEBACK = 32;

    /** Most sectors of one range of DISCARD and WRITE_ZEROES: 2 GiB. */
    static final int MAX_RANGE_SECTORS = 1 << 22;

    /** Most ranges of one request. */
    static final int MAX_RANGES = 32;

    /** Header and status take a descriptor each. */
    private static final int DESCRIPTORS_BESIDE_DATA = 2;

    private static final int BYTES = 60;

    private BlkRegisters() {}

    /**
     * What the device offers. DISCARD and WRITE_ZEROES work over every chain, so they stay when the
     * chain is swapped.
     */
    static long features(BlockGeometry geometry, int queues) {
        long features = SEG_MAX | BLK_SIZE | FLUSH | TOPOLOGY | CONFIG_WCE;
        features |= geometry.readOnly() ? READ_ONLY : DISCARD | WRITE_ZEROES;
        return queues > 1 ? features | MULTI_QUEUE : features;
    }

    /** struct virtio_blk_config. */
    static byte[] config(BlockGeometry geometry, int queues, int queueSize, boolean writeback) {
        int block = geometry.logicalBlock();
        int physicalExponent =
                Math.max(
                        0,
                        Integer.numberOfTrailingZeros(geometry.physicalBlock())
                                - Integer.numberOfTrailingZeros(block));
        int alignment = Math.max(1, geometry.physicalBlock() / BlockGeometry.SECTOR);
        ByteBuffer b = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        b.putLong(0, geometry.sectors());
        b.putInt(12, queueSize - DESCRIPTORS_BESIDE_DATA);
        b.putInt(20, block);
        b.put(24, (byte) physicalExponent);
        b.putShort(26, (short) Math.max(1, geometry.physicalBlock() / block));
        b.putInt(28, geometry.optimalIo() / block);
        b.put(WRITEBACK, (byte) (writeback ? 1 : 0));
        b.putShort(34, (short) queues);
        b.putInt(36, MAX_RANGE_SECTORS);
        b.putInt(40, MAX_RANGES);
        b.putInt(44, alignment);
        b.putInt(48, MAX_RANGE_SECTORS);
        b.putInt(52, MAX_RANGES);
        b.put(56, (byte) 1);
        return b.array();
    }

    /**
     * Whether a write is done only when it is durable (§5.2.6.2): the driver does not know FLUSH,
     * or has switched the cache off.
     */
    static boolean writeThrough(long features, boolean writeback) {
        return !Features.has(features, FLUSH) || Features.has(features, CONFIG_WCE) && !writeback;
    }
}
