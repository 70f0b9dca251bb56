package org.interposer.frontend.virtio.blk;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.interposer.api.bus.IoEvent;
import org.interposer.frontend.virtio.Features;
import org.interposer.frontend.virtio.QueueHandler;
import org.interposer.frontend.virtio.VirtioModel;

/** The block device as the transport sees it. */
final class BlkModel implements VirtioModel {
    private static final int TYPE = 2;
    private static final int MASS_STORAGE_SCSI = 0x010000;

    private final BlkSettings settings;
    private final BlkDisk disk;
    private final long features;
    private final List<BlkQueue> queues = new ArrayList<>();
    private volatile Consumer<byte[]> configChanged = bytes -> {};

    BlkModel(BlkSettings settings, BlkDisk disk) {
        this.settings = settings;
        this.disk = disk;
        this.features = BlkRegisters.features(disk.geometry(), settings.queues());
    }

    /** Where a configuration space goes that the driver changed itself. */
    void onConfigWritten(Consumer<byte[]> target) {
        configChanged = target;
    }

    List<BlkQueue> handlers() {
        return queues;
    }

    @Override
    public int type() {
        return TYPE;
    }

    @Override
    public int classCode() {
        return MASS_STORAGE_SCSI;
    }

    @Override
    public long features() {
        return features;
    }

    @Override
    public int queues() {
        return settings.queues();
    }

    @Override
    public int queueSize() {
        return settings.queueSize();
    }

    @Override
    public QueueHandler handler(int queue, IoEvent wake) {
        BlkQueue handler = new BlkQueue(disk, settings.queueSize(), wake);
        queues.add(handler);
        return handler;
    }

    @Override
    public byte[] config() {
        return BlkRegisters.config(
                disk.geometry(), settings.queues(), settings.queueSize(), disk.writeback());
    }

    /** §5.2.5: only the cache's switch may be written, and only by who negotiated it. */
    @Override
    public void configWritten(int offset, int size, long value) {
        if (offset == BlkRegisters.WRITEBACK
                && size == 1
                && Features.has(disk.features(), BlkRegisters.CONFIG_WCE)) {
            disk.writeback((value & 1) != 0);
            configChanged.accept(config());
        }
    }

    @Override
    public void negotiated(long chosen) {
        disk.negotiated(chosen);
    }

    @Override
    public void reset() {
        disk.negotiated(0);
        disk.writeback(true);
    }
}
