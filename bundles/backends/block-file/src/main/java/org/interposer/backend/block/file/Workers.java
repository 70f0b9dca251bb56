package org.interposer.backend.block.file;

import java.util.function.Consumer;
import org.interposer.api.block.BlockRequest;
import org.interposer.api.block.BlockRequestQueue;
import org.interposer.api.block.BlockStatus;

/** Threads that take requests from one queue. Adding a request takes a short lock, no memory. */
final class Workers {
    private static final long JOIN_NANOS = 5_000_000_000L;

    private final BlockRequestQueue queue = new BlockRequestQueue();
    private final Thread[] threads;
    private final Consumer<BlockRequest> work;
    private int idle;
    private boolean ended;

    Workers(int count, String name, Consumer<BlockRequest> work) {
        this.work = work;
        threads = new Thread[count];
        for (int i = 0; i < count; i++) {
            threads[i] = new Thread(this::run, name + "-" + i);
            threads[i].setDaemon(true);
            threads[i].start();
        }
    }

    synchronized void add(BlockRequest request) {
        queue.add(request);
    }

    /** Wakes as many threads as there is work for. */
    synchronized void kick() {
        for (int i = Math.min(queue.size(), idle); i > 0; i--) {
            notify();
        }
    }

    private void run() {
        while (true) {
            BlockRequest request;
            synchronized (this) {
                while (queue.isEmpty() && !ended) {
                    idle++;
                    try {
                        wait();
                    } catch (InterruptedException e) {
                        // Only close ends this thread.
                        Thread.interrupted();
                    }
                    idle--;
                }
                if (queue.isEmpty()) {
                    return;
                }
                request = queue.remove();
            }
            work.accept(request);
        }
    }

    /**
     * Ends: what has not begun is lost, what has begun is finished.
     *
     * @return false when a thread is still busy after 5 s
     */
    boolean close() {
        while (true) {
            BlockRequest request;
            synchronized (this) {
                ended = true;
                notifyAll();
                if (queue.isEmpty()) {
                    break;
                }
                request = queue.remove();
            }
            request.complete(BlockStatus.LOST);
        }
        boolean interrupted = false;
        long deadline = System.nanoTime() + JOIN_NANOS;
        boolean busy = true;
        while (busy && System.nanoTime() - deadline < 0) {
            busy = false;
            for (Thread thread : threads) {
                try {
                    thread.join(1);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
                busy |= thread.isAlive();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return !busy;
    }
}
