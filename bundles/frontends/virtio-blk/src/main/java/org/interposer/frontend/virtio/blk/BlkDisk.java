package org.interposer.frontend.virtio.blk;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.interposer.api.block.BlockGeometry;
import org.interposer.api.block.BlockPort;

/** What all queues of a disk share. Written by slow paths, read by I/O threads. */
final class BlkDisk {
    private final BlockPort port;
    private final byte[] serial;
    private volatile BlockGeometry geometry;
    private volatile long features;
    private volatile boolean writeback = true;

    BlkDisk(BlockPort port, String serial) {
        this.port = port;
        this.geometry = port.geometry();
        this.serial =
                Arrays.copyOf(serial.getBytes(StandardCharsets.UTF_8), BlkSettings.SERIAL_BYTES);
    }

    BlockPort port() {
        return port;
    }

    /** Padded with zeroes (§5.2.6.1). */
    byte[] serial() {
        return serial;
    }

    BlockGeometry geometry() {
        return geometry;
    }

    void geometry(BlockGeometry changed) {
        geometry = changed;
    }

    long features() {
        return features;
    }

    void negotiated(long chosen) {
        features = chosen;
    }

    boolean writeback() {
        return writeback;
    }

    void writeback(boolean on) {
        writeback = on;
    }

    boolean writeThrough() {
        return BlkRegisters.writeThrough(features, writeback);
    }
}
