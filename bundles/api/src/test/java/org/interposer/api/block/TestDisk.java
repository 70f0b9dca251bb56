package org.interposer.api.block;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** The simplest correct back-end: an array; each request completes inside {@code submit}. */
public final class TestDisk implements BlockBackend {
    private static final int CLOSED = 1;

    private final RequestGate gate = new RequestGate();
    private final byte[] content;
    private final BlockGeometry geometry;
    private final AtomicInteger flushes = new AtomicInteger();
    private final AtomicInteger closes = new AtomicInteger();
    private final AtomicLong requests = new AtomicLong();

    /** Of zeroes, with its own content. */
    public TestDisk(long sectors, boolean readOnly) {
        this(new byte[(int) (sectors * BlockGeometry.SECTOR)], readOnly);
    }

    /** Over content that several disks may share, one after the other. */
    public TestDisk(byte[] content, boolean readOnly) {
        this.content = content;
        long sectors = content.length / BlockGeometry.SECTOR;
        geometry = new BlockGeometry(sectors, 512, 512, 0, readOnly, false, false);
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
        requests.incrementAndGet();
        BlockStatus status = request.fits(geometry.sectors()) ? run(request) : BlockStatus.IO_ERROR;
        request.complete(status);
        gate.exit();
    }

    private BlockStatus run(BlockRequest request) {
        int at = (int) (request.sector() * BlockGeometry.SECTOR);
        int bytes = (int) request.bytes();
        switch (request.operation()) {
            case READ -> request.data().copyFrom(0, content, at, bytes);
            case FLUSH -> flushes.incrementAndGet();
            default -> {
                if (geometry.readOnly()) {
                    return BlockStatus.UNSUPPORTED;
                }
                if (request.operation() == BlockOperation.WRITE) {
                    request.data().copyTo(0, content, at, bytes);
                } else if (request.operation() == BlockOperation.WRITE_ZEROES) {
                    java.util.Arrays.fill(content, at, at + bytes, (byte) 0);
                }
            }
        }
        return BlockStatus.OK;
    }

    /** Flushes so far. */
    public int flushes() {
        return flushes.get();
    }

    /** Requests taken so far. */
    public long requests() {
        return requests.get();
    }

    /** Whether it has been closed. */
    public boolean closed() {
        return closes.get() > 0;
    }

    @Override
    public void close() {
        gate.hold(CLOSED);
        gate.awaitIdle(5_000_000_000L);
        closes.incrementAndGet();
    }
}
