package org.interposer.core.port;

import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.interposer.api.block.BlockOperation;
import org.interposer.api.block.BlockRequest;
import org.interposer.api.block.BlockStatus;

/** A flush that the port itself sends down its chain. */
final class Flush {
    private final Port port;
    private final BlockRequest request = new BlockRequest(1);
    private final CountDownLatch done = new CountDownLatch(1);
    private volatile BlockStatus status = BlockStatus.LOST;

    private Flush(Port port) {
        this.port = port;
        request.start(BlockOperation.FLUSH, 0, 0);
        request.push(this::completed, 0);
    }

    /** Sends one past the gate. */
    static Flush held(Port port) {
        Flush flush = new Flush(port);
        port.submitOwn(flush.request);
        return flush;
    }

    /**
     * Sends one like a guest's request and waits for it, so that the flush during the pause has
     * little left to do.
     */
    static void ahead(Port port, long nanos) {
        Flush flush = new Flush(port);
        if (port.trySubmitOwn(flush.request)) {
            flush.await(nanos);
        }
    }

    private void completed(BlockRequest back, BlockStatus result, long cookie) {
        status = result;
        port.ownEnded();
        done.countDown();
    }

    /** How it ended; empty when it has not yet. */
    Optional<BlockStatus> status() {
        return done.getCount() == 0 ? Optional.of(status) : Optional.empty();
    }

    /** How it ended; empty when it has not in that time. */
    Optional<BlockStatus> await(long nanos) {
        boolean interrupted = false;
        long deadline = System.nanoTime() + nanos;
        try {
            while (true) {
                try {
                    long left = deadline - System.nanoTime();
                    return done.await(left, TimeUnit.NANOSECONDS)
                            ? Optional.of(status)
                            : Optional.empty();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
