package org.interposer.backend.block.file;

import java.io.IOException;
import org.interposer.api.memory.MemorySlices;

/** DISCARD and WRITE_ZEROES by fallocate, with zeroes where the file system has no such thing. */
final class Deallocation {
    private static final int STEP = 1 << 20;

    private final DiskFile file;
    private final Transfer transfer;
    private volatile boolean punches = true;
    private volatile boolean zeroes = true;

    Deallocation(DiskFile file, Transfer transfer) {
        this.file = file;
        this.transfer = transfer;
    }

    void discard(long at, long length) throws IOException {
        punch(at, length);
    }

    void zero(long at, long length, boolean unmap) throws IOException {
        if (!(unmap && punch(at, length)) && !zeroRange(at, length)) {
            writeZeroes(at, length);
        }
    }

    private boolean punch(long at, long length) throws IOException {
        if (punches && !allocate(Libc.PUNCH_HOLE | Libc.KEEP_SIZE, at, length)) {
            punches = false;
        }
        return punches;
    }

    private boolean zeroRange(long at, long length) throws IOException {
        if (zeroes && !allocate(Libc.ZERO_RANGE | Libc.KEEP_SIZE, at, length)) {
            zeroes = false;
        }
        return zeroes;
    }

    /** Whether the file system can do it. */
    private boolean allocate(int mode, long at, long length) throws IOException {
        while (true) {
            // SAFETY: numbers only; the descriptor is open until close has drained.
            if (Libc.fallocate(file.fd(), mode, at, length) == 0) {
                return true;
            }
            int errno = Libc.errno();
            switch (errno) {
                case Libc.EINTR -> {}
                case Libc.EOPNOTSUPP, Libc.ENOSYS, Libc.EINVAL, Libc.EPERM -> {
                    return false;
                }
                default -> throw new IOException(Libc.text(errno) + " at offset " + at);
            }
        }
    }

    private void writeZeroes(long at, long length) throws IOException {
        NativeBuffer zero = new NativeBuffer((int) Math.min(STEP, length));
        MemorySlices slices = new MemorySlices(1);
        for (long done = 0; done < length; done += slices.bytes()) {
            slices.clear();
            int part = (int) Math.min(STEP, length - done);
            slices.add(0, zero.bytes(), zero.address(), 0, part);
            transfer.write(at + done, slices);
        }
    }
}
