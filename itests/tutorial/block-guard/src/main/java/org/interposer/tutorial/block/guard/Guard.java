package org.interposer.tutorial.block.guard;

import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.interposer.api.block.BlockBackend;
import org.interposer.api.block.BlockGeometry;
import org.interposer.api.block.BlockOperation;
import org.interposer.api.block.BlockRequest;
import org.interposer.api.block.BlockStatus;

/**
 * Fails every request that would change a sector of the guarded range, and passes all others on.
 */
final class Guard implements BlockBackend {
    private final BlockBackend lower;
    private final long first;
    private final long end;
    private final LongAdder refused = new LongAdder();

    Guard(BlockBackend lower, long first, long sectors) {
        this.lower = lower;
        this.first = first;
        this.end = first + sectors;
    }

    @Override
    public BlockGeometry geometry() {
        return lower.geometry();
    }

    @Override
    public void submit(BlockRequest request) {
        if (changesData(request.operation()) && overlaps(request)) {
            refused.increment();
            request.complete(BlockStatus.IO_ERROR);
        } else {
            lower.submit(request);
        }
    }

    private static boolean changesData(BlockOperation operation) {
        return switch (operation) {
            case WRITE, DISCARD, WRITE_ZEROES -> true;
            case READ, FLUSH -> false;
        };
    }

    private boolean overlaps(BlockRequest request) {
        return request.sector() < end && request.sector() + request.sectors() > first;
    }

    @Override
    public void kick() {
        lower.kick();
    }

    @Override
    public Map<String, String> metrics() {
        return Map.of("refused", refused.sum() + " requests");
    }

    @Override
    public void close() {
        // Every request was passed on or completed at once: there is nothing to finish here.
    }
}
