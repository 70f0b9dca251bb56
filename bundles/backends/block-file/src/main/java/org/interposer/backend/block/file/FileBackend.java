package org.interposer.backend.block.file;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.interposer.api.block.BlockBackend;
import org.interposer.api.block.BlockGeometry;
import org.interposer.api.block.BlockOperation;
import org.interposer.api.block.BlockRequest;
import org.interposer.api.block.BlockStatus;
import org.interposer.api.block.RequestGate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One opening of a file or device. */
final class FileBackend implements BlockBackend {
    private static final Logger LOG = LoggerFactory.getLogger(FileBackend.class);
    private static final int CLOSED = 1;
    private static final long CLOSE_NANOS = Duration.ofSeconds(5).toNanos();
    private static final int PHYSICAL_BLOCK = 4096;

    private final RequestGate gate = new RequestGate();
    private final FileSettings settings;
    private final DiskFile file;
    private final Transfer transfer;
    private final Deallocation deallocation;
    private final BlockGeometry geometry;
    private final Optional<Workers> workers;
    private final ErrorLog errors;

    FileBackend(FileSettings settings, DiskFile file) {
        this.settings = settings;
        this.file = file;
        transfer = settings.direct() ? new DirectTransfer(file) : new Transfer(file);
        deallocation = new Deallocation(file, transfer);
        errors = new ErrorLog(settings);
        geometry =
                new BlockGeometry(
                        file.bytes() / BlockGeometry.SECTOR,
                        settings.direct() ? file.alignment() : BlockGeometry.SECTOR,
                        PHYSICAL_BLOCK,
                        0,
                        settings.readOnly(),
                        true,
                        true);
        workers =
                settings.workers() == 0
                        ? Optional.empty()
                        : Optional.of(
                                new Workers(
                                        settings.workers(),
                                        "block-file-" + settings.id(),
                                        this::serve));
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
        if (workers.isPresent()) {
            workers.get().add(request);
            gate.exit();
        } else {
            serve(request);
            gate.exit();
        }
    }

    @Override
    public void kick() {
        if (workers.isPresent()) {
            workers.get().kick();
        }
    }

    private void serve(BlockRequest request) {
        request.complete(run(request));
    }

    private BlockStatus run(BlockRequest request) {
        if (!request.fits(geometry.sectors())) {
            return BlockStatus.IO_ERROR;
        }
        boolean changes =
                request.operation() != BlockOperation.READ
                        && request.operation() != BlockOperation.FLUSH;
        if (changes && geometry.readOnly()) {
            return BlockStatus.UNSUPPORTED;
        }
        try {
            perform(request);
            return BlockStatus.OK;
        } catch (ClosedChannelException e) {
            // An interrupt closed the channel under us. The port opens the file anew.
            return BlockStatus.LOST;
        } catch (IOException e) {
            errors.failed(request, String.valueOf(e.getMessage()));
            return BlockStatus.IO_ERROR;
        } catch (RuntimeException | OutOfMemoryError e) {
            // A request that is never completed would hang its port: it fails, whatever happened.
            errors.failed(request, e.toString());
            return BlockStatus.IO_ERROR;
        }
    }

    private void perform(BlockRequest request) throws IOException {
        long at = request.sector() * BlockGeometry.SECTOR;
        if (request.operation() == BlockOperation.FLUSH) {
            flush();
        } else if (request.sectors() > 0) {
            switch (request.operation()) {
                case READ -> transfer.read(at, request.data());
                case WRITE -> transfer.write(at, request.data());
                case DISCARD -> deallocation.discard(at, request.bytes());
                default -> deallocation.zero(at, request.bytes(), request.unmap());
            }
        }
    }

    private void flush() throws IOException {
        // SAFETY: the descriptor is open until close has drained.
        while (!geometry.readOnly() && Libc.fdatasync(file.fd()) != 0) {
            int errno = Libc.errno();
            if (errno != Libc.EINTR) {
                throw new IOException(Libc.text(errno));
            }
        }
    }

    @Override
    public Map<String, String> metrics() {
        return Map.of("errors", Long.toString(errors.count()));
    }

    @Override
    public void close() {
        if (!gate.hold(CLOSED)) {
            return;
        }
        boolean idle = gate.awaitIdle(CLOSE_NANOS);
        if (workers.isPresent()) {
            idle &= workers.get().close();
        }
        if (idle) {
            file.close();
        } else {
            LOG.error(
                    "{} '{}': a request hangs in the kernel; the file stays open and locked",
                    settings.path(),
                    settings.id());
        }
    }
}
