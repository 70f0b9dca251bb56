package org.interposer.core.port;

import org.interposer.api.block.BlockBackend;
import org.interposer.api.block.BlockGeometry;
import org.interposer.api.block.BlockRequest;
import org.interposer.api.block.BlockStatus;

/**
 * What an interposer sits on: passes everything to a stage that the port may exchange while nothing
 * is in flight.
 */
final class Link implements BlockBackend {
    // Plain: written while the port is on hold and drained, read after entering its gate.
    private BlockBackend target;

    Link(BlockBackend target) {
        this.target = target;
    }

    void target(BlockBackend stage) {
        target = stage;
    }

    @Override
    public BlockGeometry geometry() {
        return target.geometry();
    }

    @Override
    public void submit(BlockRequest request) {
        target.submit(request);
    }

    @Override
    public void kick() {
        target.kick();
    }

    @Override
    public void close() {
        // The port closes stages, interposers do not.
    }

    /** In the place of a stage that is not there: ends every request the same way. */
    static final class Dead implements BlockBackend {
        private final BlockGeometry geometry;
        private final BlockStatus status;

        Dead(BlockGeometry geometry, BlockStatus status) {
            this.geometry = geometry;
            this.status = status;
        }

        @Override
        public BlockGeometry geometry() {
            return geometry;
        }

        @Override
        public void submit(BlockRequest request) {
            request.complete(status);
        }

        @Override
        public void close() {}
    }
}
