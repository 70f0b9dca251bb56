package org.interposer.backend.block.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.interposer.api.memory.MemorySlices;

/** Moves data between a file and guest memory without copying it. Thread-safe. */
class Transfer {
    private static final int IOV_MAX = 1024;
    private static final int IOVEC = 16;

    final DiskFile file;
    private final NativeBuffer.Pool iovecs = new NativeBuffer.Pool(IOV_MAX * IOVEC);

    Transfer(DiskFile file) {
        this.file = file;
    }

    /** Fills the slices from the file. */
    void read(long at, MemorySlices data) throws IOException {
        if (oneForTheChannel(data)) {
            ByteBuffer buffer = data.buffer(0);
            long offset = at;
            while (buffer.hasRemaining()) {
                int n = file.channel().read(buffer, offset);
                if (n <= 0) {
                    throw shorter(offset);
                }
                offset += n;
            }
        } else {
            vectored(at, data, false);
        }
    }

    /** Writes the slices to the file. */
    void write(long at, MemorySlices data) throws IOException {
        if (oneForTheChannel(data)) {
            ByteBuffer buffer = data.buffer(0);
            long offset = at;
            while (buffer.hasRemaining()) {
                offset += file.channel().write(buffer, offset);
            }
        } else {
            vectored(at, data, true);
        }
    }

    /** Writes {@code length} bytes of a native buffer. */
    void write(long at, NativeBuffer source, int length) throws IOException {
        for (int done = 0; done < length; ) {
            // SAFETY: at most length bytes of a buffer that the caller holds.
            long n = Libc.pwrite(file.fd(), source.address() + done, length - done, at + done);
            done += (int) moved(n, at + done, true);
        }
    }

    /** Reads {@code length} bytes into a native buffer. */
    void read(long at, NativeBuffer target, int length) throws IOException {
        for (int done = 0; done < length; ) {
            // SAFETY: at most length bytes of a buffer that the caller holds.
            long n = Libc.pread(file.fd(), target.address() + done, length - done, at + done);
            done += (int) moved(n, at + done, false);
        }
    }

    /**
     * A channel is the cheapest way for one slice, but it closes itself when its thread is
     * interrupted; system calls do not.
     */
    private static boolean oneForTheChannel(MemorySlices data) {
        return data.count() == 1 && !Thread.currentThread().isInterrupted();
    }

    final void vectored(long at, MemorySlices data, boolean write) throws IOException {
        NativeBuffer vector = iovecs.borrow();
        try {
            long bytes = data.bytes();
            int slice = 0;
            int skip = 0;
            for (long done = 0; done < bytes; ) {
                int count = fill(vector.bytes(), data, slice, skip);
                // SAFETY: count iovecs are filled; their memory is the request's and stays mapped
                // until it is completed; the descriptor is open until close has drained.
                long n =
                        write
                                ? Libc.pwritev(file.fd(), vector.address(), count, at + done)
                                : Libc.preadv(file.fd(), vector.address(), count, at + done);
                n = moved(n, at + done, write);
                done += n;
                // Continue behind what was moved.
                long behind = skip + n;
                while (slice < data.count() && behind >= data.length(slice)) {
                    behind -= data.length(slice++);
                }
                skip = (int) behind;
            }
        } finally {
            iovecs.giveBack(vector);
        }
    }

    private static int fill(ByteBuffer vector, MemorySlices data, int slice, int skip) {
        int count = Math.min(IOV_MAX, data.count() - slice);
        int left = skip;
        for (int i = 0; i < count; i++) {
            vector.putLong(i * IOVEC, data.hostAddress(slice + i) + left);
            vector.putLong(i * IOVEC + 8, data.length(slice + i) - left);
            left = 0;
        }
        return count;
    }

    /** Bytes a system call has moved; 0 when it was interrupted. */
    private long moved(long result, long offset, boolean write) throws IOException {
        if (result > 0) {
            return result;
        }
        if (result == 0) {
            throw write
                    ? new IOException("nothing was written at offset " + offset)
                    : shorter(offset);
        }
        int errno = Libc.errno();
        if (errno == Libc.EINTR) {
            return 0;
        }
        throw new IOException(Libc.text(errno) + " at offset " + offset);
    }

    private static IOException shorter(long offset) {
        return new IOException("the file ends at offset " + offset + ": it was truncated");
    }
}
