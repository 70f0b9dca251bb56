package org.interposer.frontend.virtio.rng;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.interposer.api.memory.MemorySlices;
import org.interposer.api.time.DeviceTimer;
import org.interposer.frontend.virtio.DescriptorChain;
import org.interposer.frontend.virtio.QueueError;
import org.interposer.frontend.virtio.QueueHandler;
import org.interposer.frontend.virtio.Virtqueue;

/** Serves the request queue. */
final class EntropyQueue implements QueueHandler {
    /** One chain gets no more than this, however much it offers (§5.4.6: at least one byte). */
    static final int MOST = 16 * 1024;

    private static final int BATCH = 16;

    private final Consumer<byte[]> source;
    private final Budget budget;
    private final DeviceTimer timer;
    private final AtomicLong given = new AtomicLong();
    private final DescriptorChain[] batch = new DescriptorChain[BATCH];
    private final byte[] random = new byte[1024];

    /**
     * A queue without chains.
     *
     * @param source fills an array with random bytes
     * @param timer wakes the queue's I/O thread
     */
    EntropyQueue(Consumer<byte[]> source, Budget budget, DeviceTimer timer) {
        this.source = source;
        this.budget = budget;
        this.timer = timer;
    }

    @Override
    public boolean serve(Virtqueue queue) throws QueueError {
        int count = queue.pop(batch);
        boolean enough = true;
        for (int i = 0; i < count && enough; i++) {
            MemorySlices target = check(batch[i]);
            int wanted = (int) Math.min(MOST, target.bytes());
            int allowed = budget.allowed(wanted);
            if (allowed == 0) {
                queue.unpop(batch, i, count);
                enough = false;
            } else {
                fill(target, allowed);
                queue.push(batch[i], allowed);
            }
        }
        queue.publish();
        if (!enough) {
            timer.arm(budget.end());
        }
        return enough;
    }

    /** §5.4.6.1: the buffers are all for the device to write. */
    private static MemorySlices check(DescriptorChain chain) throws QueueError {
        if (chain.readable().count() > 0 || chain.writable().count() == 0) {
            throw new QueueError("a request for entropy must be writable");
        }
        return chain.writable();
    }

    private void fill(MemorySlices target, int bytes) {
        for (int at = 0; at < bytes; at += random.length) {
            source.accept(random);
            target.copyFrom(at, random, 0, Math.min(random.length, bytes - at));
        }
        budget.used(bytes);
        given.lazySet(given.getPlain() + bytes);
    }

    /** Bytes given so far. */
    long given() {
        return given.get();
    }
}
