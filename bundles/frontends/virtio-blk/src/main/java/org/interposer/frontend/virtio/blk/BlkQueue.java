package org.interposer.frontend.virtio.blk;

import java.nio.ByteBuffer;
import org.interposer.api.block.BlockStatus;
import org.interposer.api.bus.IoEvent;
import org.interposer.api.memory.MemorySlices;
import org.interposer.frontend.virtio.DescriptorChain;
import org.interposer.frontend.virtio.QueueError;
import org.interposer.frontend.virtio.QueueHandler;
import org.interposer.frontend.virtio.Virtqueue;

/**
 * Serves one request queue. Requests that complete on the queue's own I/O thread go straight to the
 * used ring; others come through {@link CompletedRequests}. Either way a batch interrupts once.
 */
final class BlkQueue implements QueueHandler {
    private static final int BATCH = 64;

    /** A buffer may lie in two mappings of the host. */
    private static final int SPARE_SLICES = 16;

    private final BlkDisk disk;
    private final BlkParser parser;
    private final IoEvent wake;
    private final BlkMetrics metrics = new BlkMetrics();
    private final CompletedRequests completed = new CompletedRequests();
    private final DeferredRequests deferred = new DeferredRequests();
    private final DescriptorChain[] batch = new DescriptorChain[BATCH];
    private final DiskRequest[] requests;
    private final byte[] status = new byte[1];
    private Virtqueue ring;
    private Thread owner;
    private int inFlight;
    private boolean sent;

    BlkQueue(BlkDisk disk, int queueSize, IoEvent wake) {
        this.disk = disk;
        this.parser = new BlkParser(disk);
        this.wake = wake;
        this.requests = new DiskRequest[queueSize];
        for (int i = 0; i < queueSize; i++) {
            requests[i] = new DiskRequest(this, queueSize + SPARE_SLICES);
        }
    }

    // ---- rings --------------------------------------------------------------------------------

    @Override
    public boolean serve(Virtqueue queue) throws QueueError {
        enter(queue);
        try {
            return sendDeferred() && sendNew(queue);
        } finally {
            if (sent) {
                sent = false;
                disk.port().kick();
            }
            queue.publish();
        }
    }

    private void enter(Virtqueue queue) {
        ring = queue;
        owner = Thread.currentThread();
    }

    /** Whether the port took all that were waiting for their next step. */
    private boolean sendDeferred() {
        while (!deferred.isEmpty()) {
            DiskRequest request = deferred.remove();
            int verdict = request.position() == 0 ? BlkParser.READY : parser.proceed(request);
            if (verdict != BlkParser.READY) {
                answer(request, verdict);
            } else if (!send(request)) {
                deferred.addFirst(request);
                return false;
            }
        }
        return true;
    }

    /** What the port does not take stays in the guest's ring. */
    private boolean sendNew(Virtqueue queue) throws QueueError {
        int count = queue.pop(batch);
        for (int i = 0; i < count; i++) {
            DiskRequest request = requests[batch[i].head()];
            request.begin(batch[i]);
            int verdict = parser.begin(request);
            if (verdict != BlkParser.READY) {
                answer(request, verdict);
            } else if (!send(request)) {
                queue.unpop(batch, i, count);
                return false;
            }
        }
        return true;
    }

    private boolean send(DiskRequest request) {
        inFlight++;
        request.step().push(request, 0);
        if (disk.port().submit(request.step())) {
            sent = true;
            return true;
        }
        request.step().pop();
        inFlight--;
        return false;
    }

    /** The port gives a request back; any thread. */
    void completed(DiskRequest request) {
        // Another thread may see an old owner, but never itself.
        if (Thread.currentThread() == owner) {
            settle(request);
        } else if (completed.add(request)) {
            wake.signal();
        }
    }

    @Override
    public void complete(Virtqueue queue) {
        enter(queue);
        DiskRequest request = completed.takeAll();
        while (request != null) {
            DiskRequest younger = request.next();
            settle(request);
            request = younger;
        }
        queue.publish();
    }

    private void settle(DiskRequest request) {
        inFlight--;
        if (request.result() == BlockStatus.OK && request.advance()) {
            deferred.add(request);
            // Not now: we may be inside the port. The thread will find the signal.
            wake.signal();
        } else {
            answer(request, statusByte(request.result()));
        }
    }

    private static int statusByte(BlockStatus result) {
        return switch (result) {
            case OK -> BlkParser.OK;
            case UNSUPPORTED -> BlkParser.UNSUPPORTED;
            case IO_ERROR, LOST -> BlkParser.IO_ERROR;
        };
    }

    private void answer(DiskRequest request, int code) {
        MemorySlices in = request.chain().writable();
        status[0] = (byte) code;
        in.copyFrom(in.bytes() - 1, status, 0, 1);
        metrics.count(kind(request.type()));
        if (code != BlkParser.OK) {
            metrics.count(BlkMetrics.FAILED);
        }
        ring.push(request.chain(), (int) in.bytes());
        // A driver that polls refills the ring while we still work on this batch.
        ring.show();
    }

    private static int kind(int type) {
        return switch (type) {
            case BlkParser.IN -> BlkMetrics.READ;
            case BlkParser.OUT -> BlkMetrics.WRITE;
            case BlkParser.FLUSH -> BlkMetrics.FLUSH;
            default -> BlkMetrics.OTHER;
        };
    }

    @Override
    public boolean hasCompleted() {
        return !completed.isEmpty();
    }

    @Override
    public int inFlight() {
        return inFlight;
    }

    @Override
    public void reset() {
        deferred.clear();
    }

    // ---- state --------------------------------------------------------------------------------

    /** Chains between two steps; everything else is in the guest's ring. */
    byte[] saveDeferred() {
        return deferred.heads();
    }

    /** Starts those chains again from their first step, which does no harm to any operation. */
    void restoreDeferred(Virtqueue queue, byte[] heads) throws QueueError {
        enter(queue);
        ByteBuffer each = ByteBuffer.wrap(heads);
        while (each.hasRemaining()) {
            DescriptorChain chain = queue.take(each.getShort() & 0xffff);
            DiskRequest request = requests[chain.head()];
            request.begin(chain);
            int verdict = parser.begin(request);
            if (verdict == BlkParser.READY) {
                deferred.add(request);
            } else {
                answer(request, verdict);
            }
        }
        queue.publish();
    }

    // ---- metrics ------------------------------------------------------------------------------

    BlkMetrics metrics() {
        return metrics;
    }
}
