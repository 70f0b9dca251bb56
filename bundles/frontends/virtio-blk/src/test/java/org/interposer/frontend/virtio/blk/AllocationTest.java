package org.interposer.frontend.virtio.blk;

import static org.interposer.frontend.virtio.testkit.VirtioDriver.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import org.interposer.api.block.BlockGeometry;
import org.interposer.api.block.BlockPort;
import org.interposer.api.block.BlockRequest;
import org.interposer.api.block.BlockStatus;
import org.interposer.api.block.PortListener;
import org.interposer.api.frontend.DeviceException;
import org.interposer.frontend.virtio.Features;
import org.interposer.frontend.virtio.testkit.FakeHost;
import org.interposer.frontend.virtio.testkit.FakeMemory;
import org.interposer.frontend.virtio.testkit.GuestRing;
import org.interposer.frontend.virtio.testkit.VirtioDriver;
import org.junit.jupiter.api.Test;

final class AllocationTest {
    private static final int ROUNDS = 20_000;
    private static final long FEATURES =
            BlkRegisters.FLUSH | Features.INDIRECT_DESC | Features.EVENT_IDX;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final FakeMemory memory = new FakeMemory(4 << 20);
    private BlkGuest guest;

    /** Completes inside submit. */
    private static class InlinePort implements BlockPort {
        private final BlockGeometry geometry =
                new BlockGeometry(1 << 20, 512, 4096, 0, false, true, true);

        @Override
        public BlockGeometry geometry() {
            return geometry;
        }

        @Override
        public boolean submit(BlockRequest request) {
            request.complete(BlockStatus.OK);
            return true;
        }

        @Override
        public void kick() {}

        @Override
        public void listener(PortListener listener) {}

        @Override
        public boolean awaitDrained() {
            return true;
        }

        @Override
        public boolean heldByOperator() {
            return false;
        }

        @Override
        public void hold() {
            throw new IllegalStateException("this port cannot be held");
        }

        @Override
        public void close() {}
    }

    /** Hands each request to another thread, which completes it. */
    private static final class HandingPort extends InlinePort implements Runnable {
        private static final int SLOTS = 64;
        private final AtomicReferenceArray<BlockRequest> slots = new AtomicReferenceArray<>(SLOTS);
        private final Thread thread = new Thread(this, "completer");
        private volatile boolean closed;
        private int in;

        HandingPort() {
            thread.setDaemon(true);
            thread.start();
        }

        @Override
        public boolean submit(BlockRequest request) {
            slots.set(in++ % SLOTS, request);
            LockSupport.unpark(thread);
            return true;
        }

        @Override
        public void run() {
            int out = 0;
            while (!closed) {
                BlockRequest request = slots.getAndSet(out % SLOTS, null);
                if (request == null) {
                    LockSupport.parkNanos(100_000);
                } else {
                    out++;
                    request.complete(BlockStatus.OK);
                }
            }
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    /**
     * Offers the same chains again and again; the guest's side of this allocates nothing either.
     */
    private void load(int rounds) {
        GuestRing ring = guest.ring();
        int offered = ring.usedIndex();
        for (int i = 0; i < rounds; i++) {
            for (int head = 0; head < BlkGuest.QUEUE_SIZE; head++) {
                ring.offer(head);
            }
            ring.interruptAtNext();
            guest.driver.ring(0, 2);
            for (int head = 0; head < BlkGuest.QUEUE_SIZE; head++) {
                while (!ring.hasUsed()) {
                    Thread.onSpinWait();
                }
                ring.skipUsed();
            }
        }
        int expected = offered + rounds * BlkGuest.QUEUE_SIZE & 0xffff;
        await(() -> ring.usedIndex() == expected, "all done");
    }

    private long allocatedBy(Thread thread) {
        return threads.getThreadAllocatedBytes(thread.getId());
    }

    private void measure(BlockPort port, Thread... others) throws DeviceException {
        FakeHost host = new FakeHost(memory, spec -> port);
        VirtioBlk disk = new VirtioBlk(VirtioBlkTest.settings(1), (m, id, chain) -> {});
        disk.realize(host);
        host.function().guest().setConfig(4, 2, 4);
        guest = new BlkGuest(memory, new VirtioDriver(host.function().guest()));
        guest.driver.start(memory, BlkGuest.RINGS, 1, BlkGuest.QUEUE_SIZE, FEATURES);
        for (int slot = 0; slot < BlkGuest.QUEUE_SIZE; slot++) {
            guest.transfer(0, slot, slot % 2 == 0, slot, BlkGuest.DATA + 4096L * slot, 4096);
        }
        guest.driver.kick(0);
        for (int slot = 0; slot < BlkGuest.QUEUE_SIZE; slot++) {
            guest.driver.awaitUsed(0);
        }
        load(ROUNDS);
        long before = allocated(host, others);
        load(ROUNDS);
        long bytes = allocated(host, others) - before;
        disk.unrealize();
        // What is left is not a matter of requests: the JIT's deoptimizations and the like.
        double perRequest = (double) bytes / ROUNDS / BlkGuest.QUEUE_SIZE;
        assertEquals(0, perRequest, 0.01, bytes + " bytes in all");
    }

    private long allocated(FakeHost host, Thread... others) {
        long sum = allocatedBy(host.threads().get(0));
        for (Thread thread : others) {
            sum += allocatedBy(thread);
        }
        return sum;
    }

    @Test
    void aRequestThatCompletesInsideSubmitAllocatesNothing() throws DeviceException {
        measure(new InlinePort());
    }

    @Test
    void aRequestThatAnotherThreadCompletesAllocatesNothing() throws DeviceException {
        HandingPort port = new HandingPort();
        measure(port, port.thread);
    }
}
