package org.interposer.backend.block.file;

import com.sun.jna.Native;
import org.interposer.support.jna.Binding;

/**
 * The system calls this back-end needs; x86-64 Linux constants. Usable between {@link #acquire} and
 * {@link #release}.
 */
final class Libc {
    static final int O_RDONLY = 0;
    static final int O_RDWR = 2;
    static final int O_DIRECT = 0x4000;
    static final int O_CLOEXEC = 0x80000;
    static final int SEEK_END = 2;
    static final int LOCK_SH = 1;
    static final int LOCK_EX = 2;
    static final int LOCK_NB = 4;
    static final int KEEP_SIZE = 1;
    static final int PUNCH_HOLE = 2;
    static final int ZERO_RANGE = 0x10;

    static final int EPERM = 1;
    static final int EINTR = 4;
    static final int EAGAIN = 11;
    static final int EINVAL = 22;
    static final int ENOSYS = 38;
    static final int EOPNOTSUPP = 95;

    private static final Binding BINDING = new Binding(Libc.class);

    private Libc() {}

    // SAFETY of all below: primitives only, but for open, whose path JNA copies. Callers pass
    // descriptors that they keep open meanwhile and addresses of memory that they keep reachable.

    static native int open(String path, int flags, int mode);

    static native int close(int fd);

    static native int flock(int fd, int operation);

    static native int ftruncate(int fd, long length);

    static native int fdatasync(int fd);

    static native int fallocate(int fd, int mode, long offset, long length);

    static native long lseek(int fd, long offset, int whence);

    static native long pread(int fd, long address, long length, long offset);

    static native long pwrite(int fd, long address, long length, long offset);

    static native long preadv(int fd, long iovecs, int count, long offset);

    static native long pwritev(int fd, long iovecs, int count, long offset);

    static native String strerror(int errno);

    /** Makes the calls usable until as many {@link #release} have followed. */
    static void acquire() {
        BINDING.acquire();
    }

    /** Ends a use. */
    static void release() {
        BINDING.release();
    }

    /** The error of this thread's last call. */
    static int errno() {
        return Native.getLastError();
    }

    /** An error as text with its number: {@code No space left on device (errno 28)}. */
    static String text(int errno) {
        return strerror(errno) + " (errno " + errno + ")";
    }
}
