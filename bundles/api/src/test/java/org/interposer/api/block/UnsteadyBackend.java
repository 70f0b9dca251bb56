package org.interposer.api.block;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * A stage that misbehaves within the contract: completes late, in another order and on another
 * thread; fails or loses what it is told to.
 */
public final class UnsteadyBackend implements BlockBackend {
    private final BlockBackend lower;
    private final Random random;
    private final List<BlockRequest> waiting = new ArrayList<>();
    private final Thread thread;
    private final long maxDelayNanos;
    private int failures;
    private BlockStatus failure = BlockStatus.IO_ERROR;
    private BlockOperation failing;
    private boolean lost;
    private boolean stuck;
    private boolean closed;

    /**
     * Over {@code lower}, which it closes.
     *
     * @param maxDelayNanos longest pause between two completions; about half of them are immediate
     */
    public UnsteadyBackend(BlockBackend lower, long seed, long maxDelayNanos) {
        this.lower = lower;
        this.random = new Random(seed);
        this.maxDelayNanos = maxDelayNanos;
        thread = new Thread(this::work, "unsteady");
        thread.setDaemon(true);
        thread.start();
    }

    /** The next {@code count} requests of a kind end with {@code status}, without being done. */
    public synchronized void failNext(BlockOperation operation, int count, BlockStatus status) {
        failing = operation;
        failures = count;
        failure = status;
    }

    /** The connection breaks: all that is waiting or comes later is lost. */
    public synchronized void lose() {
        lost = true;
        notifyAll();
    }

    /** Nothing moves on until {@code false}; closing it loses what waits. */
    public synchronized void stuck(boolean value) {
        stuck = value;
        notifyAll();
    }

    /** Requests that wait here. */
    public synchronized int waiting() {
        return waiting.size();
    }

    @Override
    public BlockGeometry geometry() {
        return lower.geometry();
    }

    @Override
    public void submit(BlockRequest request) {
        synchronized (this) {
            if (!closed) {
                waiting.add(request);
                notifyAll();
                return;
            }
        }
        request.complete(BlockStatus.LOST);
    }

    private void work() {
        while (true) {
            BlockRequest request;
            BlockStatus verdict = BlockStatus.OK;
            long delay;
            synchronized (this) {
                while ((waiting.isEmpty() || stuck && !lost) && !closed) {
                    waitForChange();
                }
                if (waiting.isEmpty()) {
                    return;
                }
                request = waiting.remove(random.nextInt(waiting.size()));
                delay = random.nextBoolean() ? 0 : random.nextLong(1 + maxDelayNanos);
                if (lost || closed) {
                    verdict = BlockStatus.LOST;
                } else if (failures > 0 && request.operation() == failing) {
                    failures--;
                    verdict = failure;
                }
            }
            if (delay > 0 && verdict == BlockStatus.OK) {
                LockSupport.parkNanos(delay);
            }
            if (verdict != BlockStatus.OK) {
                // A lost write may or may not have been done: do every second one.
                if (verdict == BlockStatus.LOST
                        && random.nextBoolean()
                        && lower instanceof TestDisk) {
                    request.push((r, s, c) -> r.complete(BlockStatus.LOST), 0);
                    lower.submit(request);
                } else {
                    request.complete(verdict);
                }
            } else {
                lower.submit(request);
            }
        }
    }

    private void waitForChange() {
        try {
            wait(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        try {
            thread.join(5_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        lower.close();
    }
}
