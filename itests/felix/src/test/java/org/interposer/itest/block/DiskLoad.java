package org.interposer.itest.block;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.interposer.api.block.BlockGeometry;
import org.interposer.api.block.BlockOperation;
import org.interposer.api.block.BlockPort;
import org.interposer.api.block.BlockRequest;
import org.interposer.api.block.BlockStatus;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.memory.MemoryWindow;

/**
 * Writes 4 KiB blocks through a port and reads each back, several in flight; a block carries its
 * number and generation at its start and at its end.
 */
final class DiskLoad {
    private static final int BLOCK = 4096;
    private static final int SECTORS = BLOCK / BlockGeometry.SECTOR;

    private final BlockPort port;
    private final List<Slot> slots = new ArrayList<>();
    private final AtomicLong completed = new AtomicLong();
    private final Queue<String> problems = new ConcurrentLinkedQueue<>();
    private final Thread thread = new Thread(this::run, "disk-load");
    private volatile boolean stop;

    DiskLoad(BlockPort port, GuestMemory memory, int depth) {
        this.port = port;
        for (int i = 0; i < depth; i++) {
            slots.add(new Slot(memory, i));
        }
    }

    void start() {
        thread.start();
    }

    long completed() {
        return completed.get();
    }

    /** What went wrong; empty when nothing did. */
    List<String> stop() throws InterruptedException {
        stop = true;
        thread.join(30_000);
        for (Slot slot : slots) {
            if (slot.state.get() != Slot.IDLE) {
                problems.add("block " + slot.number + " never came back");
            }
        }
        return List.copyOf(problems);
    }

    private void run() {
        boolean busy = true;
        while (busy) {
            busy = false;
            for (Slot slot : slots) {
                slot.finish();
                if (slot.state.get() == Slot.IDLE && !stop) {
                    slot.prepare();
                }
                if (slot.state.get() == Slot.READY && port.submit(slot.submitted())) {
                    slot.taken = true;
                } else if (slot.state.get() == Slot.FLIGHT && !slot.taken) {
                    slot.state.set(Slot.READY);
                }
                busy |= slot.state.get() != Slot.IDLE;
            }
            port.kick();
            if (!stop) {
                busy = true;
            }
            LockSupport.parkNanos(20_000);
        }
    }

    private final class Slot {
        static final int IDLE = 0;
        static final int READY = 1;
        static final int FLIGHT = 2;
        static final int DONE = 3;

        private final AtomicInteger state = new AtomicInteger(IDLE);
        private final BlockRequest request = new BlockRequest(4);
        private final GuestMemory memory;
        private final MemoryWindow window;
        private final int number;
        private volatile BlockStatus status = BlockStatus.OK;
        private boolean writing;
        private boolean taken;
        private long generation;

        Slot(GuestMemory memory, int number) {
            this.memory = memory;
            this.number = number;
            window = memory.window((long) number * BLOCK, BLOCK).orElseThrow();
        }

        void prepare() {
            writing = !writing;
            request.start(
                    writing ? BlockOperation.WRITE : BlockOperation.READ,
                    (long) number * SECTORS,
                    SECTORS);
            long address = (long) number * BLOCK;
            memory.slices(address, 1000, request.data());
            memory.slices(address + 1000, BLOCK - 1000, request.data());
            if (writing) {
                generation++;
            }
            window.put64(0, writing ? number : -1);
            window.put64(8, writing ? generation : -1);
            window.put64(BLOCK - 8, writing ? number * generation : -1);
            request.push(this::completed, 0);
            state.set(READY);
        }

        BlockRequest submitted() {
            taken = false;
            state.set(FLIGHT);
            return request;
        }

        private void completed(BlockRequest back, BlockStatus result, long cookie) {
            status = result;
            completed.incrementAndGet();
            if (!state.compareAndSet(FLIGHT, DONE)) {
                problems.add("block " + number + " came back twice");
            }
        }

        void finish() {
            if (state.get() != DONE) {
                return;
            }
            if (status != BlockStatus.OK) {
                problems.add("block " + number + " ended with " + status);
            } else if (!writing
                    && (window.get64(0) != number
                            || window.get64(8) != generation
                            || window.get64(BLOCK - 8) != number * generation)) {
                problems.add(
                        "block %d generation %d read as block %d generation %d"
                                .formatted(number, generation, window.get64(0), window.get64(8)));
            }
            state.set(IDLE);
        }
    }
}
