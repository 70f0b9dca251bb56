package org.interposer.backend.block.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.interposer.api.memory.MemorySlices;

/**
 * O_DIRECT: data that is aligned goes straight between disk and guest; what is not, through a
 * bounce buffer. Parts of a block are read, changed and written under a lock.
 */
final class DirectTransfer extends Transfer {
    private static final int BOUNCE = 128 * 1024;

    private final NativeBuffer.Pool bounces = new NativeBuffer.Pool(BOUNCE);
    private final Object partialBlock = new Object();
    private final int mask;

    DirectTransfer(DiskFile file) {
        super(file);
        mask = file.alignment() - 1;
    }

    @Override
    void read(long at, MemorySlices data) throws IOException {
        if (aligned(at, data)) {
            vectored(at, data, false);
            return;
        }
        NativeBuffer bounce = bounces.borrow();
        try {
            long length = data.bytes();
            for (long done = 0; done < length; ) {
                int head = (int) (at + done) & mask;
                int part = (int) Math.min(BOUNCE - head, length - done);
                read(at + done - head, bounce, roundUp(head + part));
                copy(data, done, bounce.bytes(), head, part, false);
                done += part;
            }
        } finally {
            bounces.giveBack(bounce);
        }
    }

    @Override
    void write(long at, MemorySlices data) throws IOException {
        if (aligned(at, data)) {
            vectored(at, data, true);
            return;
        }
        NativeBuffer bounce = bounces.borrow();
        try {
            long length = data.bytes();
            for (long done = 0; done < length; ) {
                int head = (int) (at + done) & mask;
                int part = (int) Math.min(BOUNCE - head, length - done);
                writePart(at + done, bounce, data, done, part);
                done += part;
            }
        } finally {
            bounces.giveBack(bounce);
        }
    }

    private void writePart(long at, NativeBuffer bounce, MemorySlices data, long from, int part)
            throws IOException {
        int head = (int) at & mask;
        int whole = roundUp(head + part);
        if (head == 0 && whole == part) {
            copy(data, from, bounce.bytes(), 0, part, true);
            write(at, bounce, whole);
            return;
        }
        synchronized (partialBlock) {
            read(at - head, bounce, whole);
            copy(data, from, bounce.bytes(), head, part, true);
            write(at - head, bounce, whole);
        }
    }

    private boolean aligned(long at, MemorySlices data) {
        long all = at;
        for (int i = 0; i < data.count(); i++) {
            all |= data.hostAddress(i) | data.length(i);
        }
        return (all & mask) == 0;
    }

    private int roundUp(int length) {
        return (length + mask) & ~mask;
    }

    private static void copy(
            MemorySlices data, long from, ByteBuffer buffer, int at, int length, boolean out) {
        long skip = from;
        int done = 0;
        for (int i = 0; i < data.count() && done < length; i++) {
            if (skip >= data.length(i)) {
                skip -= data.length(i);
                continue;
            }
            int part = (int) Math.min(length - done, data.length(i) - skip);
            ByteBuffer slice = data.buffer(i);
            int start = slice.position() + (int) skip;
            if (out) {
                buffer.put(at + done, slice, start, part);
            } else {
                slice.put(start, buffer, at + done, part);
            }
            done += part;
            skip = 0;
        }
    }
}
