package org.interposer.frontend.virtio;

import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;
import org.interposer.api.bus.IoEvent;

/** Answers each chain with the bytes it got; may keep chains until the test lets them go. */
final class EchoModel implements VirtioModel {
    static final long FEATURE = 1L << 5;

    final AtomicInteger resets = new AtomicInteger();
    final AtomicInteger kept = new AtomicInteger();
    volatile boolean keep;
    volatile boolean stall;
    volatile long negotiated;
    volatile long written = -1;
    private final int queues;

    EchoModel(int queues) {
        this.queues = queues;
    }

    @Override
    public int type() {
        return 42;
    }

    @Override
    public int classCode() {
        return 0xff0000;
    }

    @Override
    public long features() {
        return FEATURE;
    }

    @Override
    public int queues() {
        return queues;
    }

    @Override
    public int queueSize() {
        return 64;
    }

    @Override
    public byte[] config() {
        return new byte[] {1, 2, 3, 4, 5, 6};
    }

    @Override
    public void configWritten(int offset, int size, long value) {
        written = offset * 0x1_0000L + value;
    }

    @Override
    public void negotiated(long features) {
        negotiated = features;
    }

    @Override
    public void reset() {
        resets.incrementAndGet();
    }

    @Override
    public QueueHandler handler(int queue, IoEvent wake) {
        return new Echo();
    }

    private final class Echo implements QueueHandler {
        private final DescriptorChain[] batch = new DescriptorChain[16];
        private final ArrayDeque<DescriptorChain> mine = new ArrayDeque<>();
        private final byte[] buffer = new byte[4096];

        @Override
        public boolean serve(Virtqueue queue) throws QueueError {
            int count = queue.pop(batch);
            if (stall && count > 0) {
                queue.unpop(batch, 0, count);
                return false;
            }
            for (int i = 0; i < count; i++) {
                if (keep) {
                    mine.add(batch[i]);
                    kept.incrementAndGet();
                } else {
                    answer(queue, batch[i]);
                }
            }
            queue.publish();
            return true;
        }

        @Override
        public void complete(Virtqueue queue) {
            while (!keep && !mine.isEmpty()) {
                answer(queue, mine.remove());
            }
            queue.publish();
        }

        @Override
        public int inFlight() {
            return mine.size();
        }

        private void answer(Virtqueue queue, DescriptorChain chain) {
            int read = chain.readable().copyTo(0, buffer, 0, buffer.length);
            queue.push(chain, chain.writable().copyFrom(0, buffer, 0, read));
        }
    }
}
