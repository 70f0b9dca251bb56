package org.interposer.interposer.block.nullstage;

import org.interposer.api.block.BlockBackend;
import org.interposer.api.block.BlockGeometry;
import org.interposer.api.block.BlockRequest;
import org.interposer.api.block.BlockStatus;

/** Gives every request the verdict "pass" and does not watch its completion. */
final class NullStage implements BlockBackend {
    private final BlockBackend lower;
    private volatile boolean closed;

    NullStage(BlockBackend lower) {
        this.lower = lower;
    }

    @Override
    public BlockGeometry geometry() {
        return lower.geometry();
    }

    @Override
    public void submit(BlockRequest request) {
        if (closed) {
            request.complete(BlockStatus.LOST);
            return;
        }
        lower.submit(request);
    }

    /** Everything is passed on at once. */
    @Override
    public boolean keepsData() {
        return false;
    }

    @Override
    public void kick() {
        lower.kick();
    }

    @Override
    public void close() {
        closed = true;
    }
}
