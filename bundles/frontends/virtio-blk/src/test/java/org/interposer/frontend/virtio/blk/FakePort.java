package org.interposer.frontend.virtio.blk;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.interposer.api.block.BlockGeometry;
import org.interposer.api.block.BlockOperation;
import org.interposer.api.block.BlockPort;
import org.interposer.api.block.BlockRequest;
import org.interposer.api.block.BlockStatus;
import org.interposer.api.block.PortListener;
import org.interposer.api.memory.MemorySlices;

/** A port over a disk in an array: completes inside submit, on other threads, or when told to. */
final class FakePort implements BlockPort {
    enum Mode {
        INLINE,
        THREADS,
        KEEP
    }

    final AtomicInteger kicks = new AtomicInteger();
    final List<String> operations = new ArrayList<>();
    volatile Mode mode = Mode.INLINE;
    volatile boolean held;
    volatile boolean operator;
    volatile boolean closed;
    volatile boolean quiet;
    volatile BlockStatus outcome = BlockStatus.OK;
    private final byte[] disk;
    private final LinkedBlockingQueue<BlockRequest> kept = new LinkedBlockingQueue<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile BlockGeometry geometry;
    private volatile Optional<PortListener> listener = Optional.empty();

    FakePort(int sectors) {
        this(sectors, false);
    }

    FakePort(int sectors, boolean readOnly) {
        disk = new byte[sectors * 512];
        geometry = new BlockGeometry(sectors, 512, 4096, 65536, readOnly, true, true);
    }

    byte[] disk() {
        return disk;
    }

    void startThreads(int count) {
        mode = Mode.THREADS;
        for (int i = 0; i < count; i++) {
            Thread thread = new Thread(this::work, "worker" + i);
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
    }

    private void work() {
        try {
            while (!closed) {
                finish(kept.take());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    int keptCount() {
        return kept.size();
    }

    void finishOne() {
        finish(kept.remove());
    }

    void release() {
        operator = false;
        held = false;
        listener.orElseThrow().released();
    }

    void grow(int sectors) {
        geometry = new BlockGeometry(sectors, 512, 4096, 65536, false, true, true);
        listener.orElseThrow().geometryChanged(geometry);
    }

    @Override
    public BlockGeometry geometry() {
        return geometry;
    }

    @Override
    public boolean submit(BlockRequest request) {
        if (held) {
            return false;
        }
        if (!quiet) {
            synchronized (operations) {
                operations.add(
                        request.operation() + " " + request.sector() + "+" + request.sectors());
            }
        }
        if (mode == Mode.INLINE) {
            finish(request);
        } else {
            kept.add(request);
        }
        return true;
    }

    private void finish(BlockRequest request) {
        if (outcome == BlockStatus.OK) {
            perform(request);
        }
        request.complete(outcome);
    }

    private void perform(BlockRequest request) {
        int at = (int) request.sector() * 512;
        if (request.operation() == BlockOperation.WRITE_ZEROES) {
            Arrays.fill(disk, at, at + (int) request.bytes(), (byte) 0);
        }
        MemorySlices data = request.data();
        for (int i = 0; i < data.count(); i++) {
            ByteBuffer buffer = data.buffer(i);
            int length = buffer.remaining();
            if (request.operation() == BlockOperation.READ) {
                buffer.put(disk, at, length);
            } else {
                buffer.get(disk, at, length);
            }
            at += length;
        }
    }

    @Override
    public void kick() {
        kicks.incrementAndGet();
    }

    @Override
    public void listener(PortListener wanted) {
        listener = Optional.of(wanted);
    }

    @Override
    public boolean awaitDrained() {
        return true;
    }

    @Override
    public boolean heldByOperator() {
        return operator;
    }

    @Override
    public void hold() {
        operator = true;
        held = true;
    }

    @Override
    public void close() {
        closed = true;
        threads.forEach(Thread::interrupt);
        BlockRequest left = kept.poll();
        while (left != null) {
            left.complete(BlockStatus.LOST);
            left = kept.poll();
        }
    }
}
