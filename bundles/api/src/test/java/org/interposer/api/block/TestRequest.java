package org.interposer.api.block;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A request whose completions are counted and can be waited for. */
public final class TestRequest {
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(20);

    private final BlockRequest request;
    private final BlockCompletion completion = this::completed;
    private final AtomicInteger completions = new AtomicInteger();
    private volatile BlockStatus status = BlockStatus.LOST;

    /** With room for that many slices. */
    public TestRequest(int maxSlices) {
        request = new BlockRequest(maxSlices);
    }

    /** Starts it anew; add the data, then submit it. */
    public BlockRequest start(BlockOperation operation, long sector, long sectors) {
        completions.set(0);
        request.start(operation, sector, sectors);
        request.push(completion, 0);
        return request;
    }

    /** The request itself. */
    public BlockRequest request() {
        return request;
    }

    /** How often it has been completed. */
    public int completions() {
        return completions.get();
    }

    /** Submits, kicks and waits. */
    public BlockStatus run(BlockBackend backend) {
        backend.submit(request);
        backend.kick();
        return await();
    }

    /** Waits for the one completion. */
    public BlockStatus await() {
        long deadline = System.nanoTime() + LIMIT_NANOS;
        while (completions.get() == 0) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError(request.operation() + " was not completed in 20 s");
            }
            Thread.onSpinWait();
        }
        assertEquals(1, completions.get(), "completions of one request");
        return status;
    }

    private void completed(BlockRequest back, BlockStatus result, long cookie) {
        status = result;
        completions.incrementAndGet();
    }
}
