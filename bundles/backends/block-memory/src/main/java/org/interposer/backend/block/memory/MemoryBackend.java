package org.interposer.backend.block.memory;

import java.time.Duration;
import java.util.Map;
import org.interposer.api.block.BlockBackend;
import org.interposer.api.block.BlockGeometry;
import org.interposer.api.block.BlockRequest;
import org.interposer.api.block.BlockStatus;
import org.interposer.api.block.RequestGate;
import org.interposer.api.config.Sizes;

/** One opening of the disk; requests complete on the thread that submits them. */
final class MemoryBackend implements BlockBackend {
    private static final int CLOSED = 1;
    private static final long CLOSE_NANOS = Duration.ofSeconds(5).toNanos();

    private final RequestGate gate = new RequestGate();
    private final MemoryContent content;
    private final BlockGeometry geometry;
    private final Runnable closed;

    MemoryBackend(MemoryContent content, boolean readOnly, Runnable closed) {
        this.content = content;
        this.closed = closed;
        geometry =
                new BlockGeometry(
                        content.bytes() / BlockGeometry.SECTOR, 512, 4096, 0, readOnly, true, true);
    }

    @Override
    public BlockGeometry geometry() {
        return geometry;
    }

    @Override
    public void submit(BlockRequest request) {
        if (!gate.enter()) {
            request.complete(BlockStatus.LOST);
            return;
        }
        BlockStatus status = request.fits(geometry.sectors()) ? run(request) : BlockStatus.IO_ERROR;
        request.complete(status);
        gate.exit();
    }

    private BlockStatus run(BlockRequest request) {
        long at = request.sector() * BlockGeometry.SECTOR;
        switch (request.operation()) {
            case FLUSH -> {
                return BlockStatus.OK;
            }
            case READ -> {
                content.read(at, request.data());
                return BlockStatus.OK;
            }
            default -> {
                return geometry.readOnly() ? BlockStatus.UNSUPPORTED : change(request, at);
            }
        }
    }

    private BlockStatus change(BlockRequest request, long at) {
        try {
            switch (request.operation()) {
                case WRITE -> content.write(at, request.data());
                default -> content.zero(at, request.bytes());
            }
            return BlockStatus.OK;
        } catch (OutOfMemoryError e) {
            // The heap is this disk's medium: the medium is full, the machine goes on.
            return BlockStatus.IO_ERROR;
        }
    }

    @Override
    public Map<String, String> metrics() {
        return Map.of("heap", Sizes.format(content.allocated()));
    }

    @Override
    public void close() {
        if (gate.hold(CLOSED)) {
            gate.awaitIdle(CLOSE_NANOS);
            closed.run();
        }
    }
}
