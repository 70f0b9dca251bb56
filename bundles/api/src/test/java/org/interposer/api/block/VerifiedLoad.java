package org.interposer.api.block;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Several threads that write, read back and check sectors with many requests in flight. Each
 * request owns a range of sectors, so what a read must return is always known.
 */
public final class VerifiedLoad {
    private static final int SECTORS = 64;
    private static final int MOST = 16;
    private static final int FREE = 0;
    private static final int FLIGHT = 1;
    private static final int DONE = 2;
    private static final long UNKNOWN = -1;

    private final Target target;
    private final Worker[] workers;
    private final AtomicLong completed = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLong duplicated = new AtomicLong();
    private final ConcurrentLinkedQueue<String> problems = new ConcurrentLinkedQueue<>();
    private volatile boolean stop;

    /** Where the load goes: a back-end or a port. */
    public interface Target {
        /** Takes a request, or does not: false means try again later. */
        boolean submit(BlockRequest request);

        /** End of a batch. */
        void kick();
    }

    /**
     * What came of it. All but {@code completed} should be 0 or empty.
     *
     * @param completed requests that ended
     * @param failed of them, not with OK
     * @param duplicated completions of requests that were not in flight
     * @param lost requests that never ended
     * @param problems what was read wrong
     */
    public record Result(
            long completed, long failed, long duplicated, long lost, List<String> problems) {
        /** Whether every request ended once, with OK and the right data. */
        public boolean clean() {
            return failed == 0 && duplicated == 0 && lost == 0 && problems.isEmpty();
        }
    }

    /**
     * A load that is not yet running.
     *
     * @param firstSector start of the part of the disk it uses
     * @param depth requests each thread keeps in flight; each uses {@value #SECTORS} sectors
     */
    public VerifiedLoad(Target target, long firstSector, int threads, int depth, long seed) {
        this.target = target;
        workers = new Worker[threads];
        for (int i = 0; i < threads; i++) {
            long first = firstSector + (long) i * depth * SECTORS;
            workers[i] = new Worker(i, first, depth, new Random(seed + i));
        }
    }

    /** A load straight on a stage. */
    public static Target on(BlockBackend backend) {
        return new Target() {
            @Override
            public boolean submit(BlockRequest request) {
                backend.submit(request);
                return true;
            }

            @Override
            public void kick() {
                backend.kick();
            }
        };
    }

    /** Sectors a load of that shape uses. */
    public static long sectors(int threads, int depth) {
        return (long) threads * depth * SECTORS;
    }

    /** Starts the threads. */
    public void start() {
        for (Worker w : workers) {
            w.start();
        }
    }

    /** The target admits requests again. */
    public void wake() {
        for (Worker w : workers) {
            LockSupport.unpark(w);
        }
    }

    /** Requests ended so far. */
    public long completed() {
        return completed.get();
    }

    /** Stops, waits up to 30 s for what is in flight and reads everything back. */
    public Result stop() throws InterruptedException {
        stop = true;
        wake();
        long lost = 0;
        for (Worker w : workers) {
            w.join(60_000);
            for (Slot slot : w.slots) {
                lost += slot.state.get() == FREE ? 0 : 1;
            }
        }
        return new Result(
                completed.get(), failed.get(), duplicated.get(), lost, new ArrayList<>(problems));
    }

    private final class Worker extends Thread {
        private final Slot[] slots;
        private final Random random;

        Worker(int number, long first, int depth, Random random) {
            super("load-" + number);
            setDaemon(true);
            this.random = random;
            slots = new Slot[depth];
            for (int i = 0; i < depth; i++) {
                slots[i] = new Slot(this, first + (long) i * SECTORS, random);
            }
        }

        @Override
        public void run() {
            while (!stop) {
                step(false);
            }
            long deadline = System.nanoTime() + 30_000_000_000L;
            drain(deadline);
            for (Slot slot : slots) {
                slot.sweep = 0;
            }
            while (!swept() && System.nanoTime() < deadline) {
                step(true);
            }
            drain(deadline);
        }

        private void drain(long deadline) {
            boolean busy = true;
            while (busy && System.nanoTime() < deadline) {
                busy = false;
                for (Slot slot : slots) {
                    slot.finish();
                    if (slot.pending) {
                        slot.trySubmit();
                        target.kick();
                    }
                    busy |= slot.state.get() != FREE;
                }
                LockSupport.parkNanos(50_000);
            }
        }

        private boolean swept() {
            for (Slot slot : slots) {
                if (slot.sweep < SECTORS) {
                    return false;
                }
            }
            return true;
        }

        private void step(boolean sweeping) {
            int submitted = 0;
            int batch = 1 + random.nextInt(slots.length);
            for (int i = 0; i < slots.length && submitted < batch; i++) {
                Slot slot = slots[i];
                slot.finish();
                if (slot.state.get() == FREE && !(sweeping && slot.sweep >= SECTORS)) {
                    slot.prepare(sweeping);
                }
                if (slot.pending && slot.trySubmit()) {
                    submitted++;
                }
            }
            if (submitted > 0) {
                target.kick();
            } else {
                LockSupport.parkNanos(50_000);
            }
        }
    }

    private final class Slot implements BlockCompletion {
        private final Worker owner;
        private final long first;
        private final Random random;
        private final BlockRequest request = new BlockRequest(8);
        private final TestMemory memory = new TestMemory(MOST * BlockGeometry.SECTOR);
        private final long[] generation = new long[SECTORS];
        private final AtomicInteger state = new AtomicInteger(FREE);
        private volatile BlockStatus status = BlockStatus.OK;
        private boolean pending;
        private int sweep;
        private int at;
        private int count;
        private long next = 1;

        Slot(Worker owner, long first, Random random) {
            this.owner = owner;
            this.first = first;
            this.random = random;
            java.util.Arrays.fill(generation, UNKNOWN);
        }

        void prepare(boolean sweeping) {
            int dice = sweeping ? 50 : random.nextInt(100);
            at = sweeping ? sweep : random.nextInt(SECTORS);
            count = Math.min(1 + random.nextInt(MOST), SECTORS - at);
            BlockOperation operation =
                    dice < 45
                            ? BlockOperation.WRITE
                            : dice < 90
                                    ? BlockOperation.READ
                                    : dice < 94
                                            ? BlockOperation.FLUSH
                                            : dice < 98
                                                    ? BlockOperation.WRITE_ZEROES
                                                    : BlockOperation.DISCARD;
            if (operation == BlockOperation.FLUSH) {
                request.start(operation, 0, 0);
            } else {
                request.start(operation, first + at, count);
            }
            boolean data = operation == BlockOperation.READ || operation == BlockOperation.WRITE;
            if (data) {
                int bytes = count * BlockGeometry.SECTOR;
                int pieces = random.nextInt(3) == 0 ? 1 + random.nextInt(7) : 1;
                memory.odd(request.data(), 0, bytes, pieces, random);
                for (int i = 0; i < count; i++) {
                    if (operation == BlockOperation.WRITE) {
                        SectorPattern.fill(memory.buffer(), i * 512, first + at + i, next);
                    } else {
                        memory.buffer().putLong(i * 512, ~0L);
                    }
                }
            }
            request.push(this, 0);
            pending = true;
            state.set(FLIGHT);
        }

        boolean trySubmit() {
            pending = false;
            if (target.submit(request)) {
                return true;
            }
            pending = true;
            return false;
        }

        @Override
        public void completed(BlockRequest back, BlockStatus result, long cookie) {
            status = result;
            if (!state.compareAndSet(FLIGHT, DONE)) {
                duplicated.incrementAndGet();
            }
            completed.incrementAndGet();
            LockSupport.unpark(owner);
        }

        void finish() {
            if (state.get() != DONE) {
                return;
            }
            boolean ok = status == BlockStatus.OK;
            if (!ok) {
                failed.incrementAndGet();
                if (problems.size() < 20) {
                    problems.add(request.operation() + " ended with " + status);
                }
            }
            switch (request.operation()) {
                case WRITE -> remember(ok ? next : UNKNOWN);
                case WRITE_ZEROES -> remember(ok ? 0 : UNKNOWN);
                case DISCARD -> remember(UNKNOWN);
                case READ -> check(ok);
                default -> {}
            }
            next++;
            state.set(FREE);
        }

        private void remember(long value) {
            java.util.Arrays.fill(generation, at, at + count, value);
        }

        private void check(boolean ok) {
            for (int i = 0; i < count && ok; i++) {
                long expected = generation[at + i];
                String problem =
                        expected == UNKNOWN
                                ? ""
                                : SectorPattern.check(
                                        memory.buffer(), i * 512, first + at + i, expected);
                if (!problem.isEmpty() && problems.size() < 20) {
                    problems.add(problem);
                }
            }
            sweep = Math.max(sweep, at == sweep ? at + count : sweep);
        }
    }
}
