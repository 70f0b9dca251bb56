package org.interposer.frontend.virtio.blk;

import org.interposer.api.block.BlockCompletion;
import org.interposer.api.block.BlockRequest;
import org.interposer.api.block.BlockStatus;
import org.interposer.frontend.virtio.DescriptorChain;

/**
 * One request of the guest, one object a queue entry. It may take several steps below: a range
 * each, and a flush behind a write when the write cache is off. Owned by the queue's I/O thread but
 * for the time between submission and {@link #completed}.
 */
final class DiskRequest implements BlockCompletion {
    private final BlkQueue queue;
    private final BlockRequest step;
    private DescriptorChain chain;
    private BlockStatus result = BlockStatus.OK;
    private DiskRequest next;
    private int type;
    private int ranges;
    private int position;
    private boolean flushLast;

    DiskRequest(BlkQueue queue, int maxSlices) {
        this.queue = queue;
        this.step = new BlockRequest(maxSlices);
    }

    void begin(DescriptorChain from) {
        chain = from;
        ranges = 1;
        position = 0;
        flushLast = false;
    }

    DescriptorChain chain() {
        return chain;
    }

    /** What is sent down in the present step. */
    BlockRequest step() {
        return step;
    }

    int type() {
        return type;
    }

    void type(int wanted) {
        type = wanted;
    }

    /** Number of ranges that are steps of their own. */
    void ranges(int count) {
        ranges = count;
    }

    int ranges() {
        return ranges;
    }

    void flushLast(boolean wanted) {
        flushLast = wanted;
    }

    /** Index of the present step; {@link #ranges} is the flush. */
    int position() {
        return position;
    }

    /** Goes on to the next step, if there is one. */
    boolean advance() {
        position++;
        return position < ranges || (position == ranges && flushLast);
    }

    BlockStatus result() {
        return result;
    }

    DiskRequest next() {
        return next;
    }

    void next(DiskRequest other) {
        next = other;
    }

    @Override
    public void completed(BlockRequest request, BlockStatus status, long cookie) {
        result = status;
        queue.completed(this);
    }
}
