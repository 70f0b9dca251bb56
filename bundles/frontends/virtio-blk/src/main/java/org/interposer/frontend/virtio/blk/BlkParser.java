package org.interposer.frontend.virtio.blk;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.interposer.api.block.BlockGeometry;
import org.interposer.api.block.BlockOperation;
import org.interposer.api.block.BlockRequest;
import org.interposer.api.memory.MemorySlices;
import org.interposer.frontend.virtio.Features;
import org.interposer.frontend.virtio.QueueError;

/**
 * Understands requests (virtio 1.2 §5.2.6): 16 bytes of header, then data, last of all the status
 * byte, cut into descriptors however the driver likes. One thread.
 */
final class BlkParser {
    /** The request was made ready to be sent down. */
    static final int READY = -1;

    static final int OK = 0;
    static final int IO_ERROR = 1;
    static final int UNSUPPORTED = 2;

    static final int HEADER = 16;

    static final int IN = 0;
    static final int OUT = 1;
    static final int FLUSH = 4;
    static final int GET_ID = 8;
    static final int DISCARD = 11;
    static final int WRITE_ZEROES = 13;

    private static final int RANGE = 16;
    private static final int UNMAP = 1;

    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final BlkDisk disk;
    private final byte[] bytes = new byte[HEADER];

    BlkParser(BlkDisk disk) {
        this.disk = disk;
    }

    /**
     * Reads a request whose chain was set and makes its first step ready.
     *
     * @return {@link #READY}, or the status to answer with at once
     * @throws QueueError when there is nowhere to put a status
     */
    int begin(DiskRequest request) throws QueueError {
        MemorySlices out = request.chain().readable();
        MemorySlices in = request.chain().writable();
        if (in.bytes() < 1) {
            throw new QueueError("request without a status byte");
        }
        if (out.copyTo(0, bytes, 0, HEADER) < HEADER) {
            request.type(-1);
            return IO_ERROR;
        }
        request.type((int) INT.get(bytes, 0));
        long sector = (long) LONG.get(bytes, 8);
        return switch (request.type()) {
            case IN -> transfer(request, BlockOperation.READ, sector, in, 0, in.bytes() - 1);
            case OUT -> write(request, sector, out);
            case FLUSH -> flush(request);
            case GET_ID -> identify(in);
            case DISCARD -> ranges(request, BlkRegisters.DISCARD);
            case WRITE_ZEROES -> ranges(request, BlkRegisters.WRITE_ZEROES);
            default -> UNSUPPORTED;
        };
    }

    /** Makes the step ready to which the request has advanced. */
    int proceed(DiskRequest request) {
        return request.position() == request.ranges()
                ? flush(request)
                : range(request, request.position(), true);
    }

    private static int flush(DiskRequest request) {
        request.step().start(BlockOperation.FLUSH, 0, 0);
        return READY;
    }

    private int write(DiskRequest request, long sector, MemorySlices out) {
        // §5.2.6.2: a write to a read-only device fails and writes nothing.
        if (disk.geometry().readOnly()) {
            return IO_ERROR;
        }
        request.flushLast(disk.writeThrough());
        return transfer(request, BlockOperation.WRITE, sector, out, HEADER, out.bytes() - HEADER);
    }

    private int transfer(
            DiskRequest request,
            BlockOperation operation,
            long sector,
            MemorySlices data,
            long from,
            long length) {
        if (length % BlockGeometry.SECTOR != 0) {
            return IO_ERROR;
        }
        BlockRequest step = request.step();
        step.start(operation, sector, length / BlockGeometry.SECTOR);
        boolean fits =
                step.data().addPart(data, from, length) && step.fits(disk.geometry().sectors());
        return !fits ? IO_ERROR : length == 0 ? OK : READY;
    }

    private int identify(MemorySlices in) {
        int room = (int) Math.min(disk.serial().length, in.bytes() - 1);
        in.copyFrom(0, disk.serial(), 0, room);
        return OK;
    }

    /** All ranges are checked before the first is done. */
    private int ranges(DiskRequest request, long feature) {
        if (!Features.has(disk.features(), feature)) {
            return UNSUPPORTED;
        }
        long length = request.chain().readable().bytes() - HEADER;
        if (length == 0 || length % RANGE != 0 || length / RANGE > BlkRegisters.MAX_RANGES) {
            return IO_ERROR;
        }
        request.ranges((int) (length / RANGE));
        request.flushLast(request.type() == WRITE_ZEROES && disk.writeThrough());
        for (int i = 0; i < request.ranges(); i++) {
            int verdict = range(request, i, false);
            if (verdict != READY) {
                return verdict;
            }
        }
        return range(request, 0, true);
    }

    /** The guest may have changed the range since it was checked: each time it counts anew. */
    private int range(DiskRequest request, int index, boolean start) {
        long at = HEADER + (long) RANGE * index;
        request.chain().readable().copyTo(at, bytes, 0, RANGE);
        long sector = (long) LONG.get(bytes, 0);
        long sectors = (int) INT.get(bytes, 8) & 0xffff_ffffL;
        int flags = (int) INT.get(bytes, 12);
        boolean zeroes = request.type() == WRITE_ZEROES;
        // §5.2.6.2: unknown flags, and unmap with discard, are not supported.
        if ((flags & ~UNMAP) != 0 || (!zeroes && flags != 0)) {
            return UNSUPPORTED;
        }
        long capacity = disk.geometry().sectors();
        if (disk.geometry().readOnly()
                || sectors == 0
                || sectors > BlkRegisters.MAX_RANGE_SECTORS
                || sector < 0
                || sectors > capacity - sector) {
            return IO_ERROR;
        }
        if (start) {
            BlockOperation operation =
                    zeroes ? BlockOperation.WRITE_ZEROES : BlockOperation.DISCARD;
            request.step().start(operation, sector, sectors);
            request.step().unmap(flags == UNMAP);
        }
        return READY;
    }
}
