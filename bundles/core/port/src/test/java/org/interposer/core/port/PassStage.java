package org.interposer.core.port;

import java.util.concurrent.atomic.AtomicInteger;
import org.interposer.api.block.BlockBackend;
import org.interposer.api.block.BlockGeometry;
import org.interposer.api.block.BlockRequest;

/** Watches every request and passes it on; counts what a port tells it. */
final class PassStage implements BlockBackend {
    final AtomicInteger seen = new AtomicInteger();
    final AtomicInteger changes = new AtomicInteger();
    final AtomicInteger pauses = new AtomicInteger();
    final AtomicInteger closes = new AtomicInteger();
    private final BlockBackend lower;

    PassStage(BlockBackend lower) {
        this.lower = lower;
    }

    @Override
    public BlockGeometry geometry() {
        return lower.geometry();
    }

    @Override
    public void submit(BlockRequest request) {
        request.push((r, status, cookie) -> r.complete(status), 0);
        seen.incrementAndGet();
        lower.submit(request);
    }

    @Override
    public void kick() {
        lower.kick();
    }

    @Override
    public void lowerChanged() {
        changes.incrementAndGet();
    }

    @Override
    public void pause() {
        pauses.incrementAndGet();
    }

    @Override
    public void resume() {
        pauses.set(0);
    }

    @Override
    public void close() {
        closes.incrementAndGet();
    }
}
