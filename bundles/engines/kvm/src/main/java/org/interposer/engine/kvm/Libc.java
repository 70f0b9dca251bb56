package org.interposer.engine.kvm;

import com.sun.jna.Function;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import org.interposer.support.jna.Binding;

/**
 * The C library, bound by JNA direct mapping between {@link #acquire} and {@link #release}.
 * Addresses are passed as numbers; whoever owns the memory behind them keeps it reachable for the
 * call.
 */
final class Libc {
    static final int O_RDWR = 2;
    static final int O_CLOEXEC = 0x80000;
    static final int PROT_READ = 1;
    static final int PROT_WRITE = 2;
    static final int MAP_SHARED = 1;
    static final int EFD_CLOEXEC = 0x80000;
    static final int EFD_NONBLOCK = 0x800;
    static final short POLLIN = 1;

    static final int ENOENT = 2;
    static final int EINTR = 4;
    static final int EAGAIN = 11;
    static final int EACCES = 13;
    static final int EEXIST = 17;
    static final int EINVAL = 22;

    static final long SYS_GETTID = 186;
    static final long SYS_TGKILL = 234;

    private static final Binding BINDING = new Binding(Libc.class);

    private Libc() {}

    // SAFETY: the signatures are those of the C library on x86-64 Linux, where long, size_t, off_t
    // and pointers are 64 bits; ioctl and syscall are variadic, which on x86-64 passes integer
    // arguments exactly as a fixed signature does.

    static native int open(String path, int flags);

    static native int close(int fd);

    static native int ioctl(int fd, long request, long argument);

    static native long mmap(
            long address, long length, int protection, int flags, int fd, long offset);

    static native int munmap(long address, long length);

    static native int mprotect(long address, long length, int protection);

    static native int eventfd(int initial, int flags);

    static native long read(int fd, long buffer, long count);

    static native long write(int fd, long buffer, long count);

    static native int ppoll(long fds, long count, long timeout, long signalMask);

    static native int getpid();

    static native long syscall(long number, long a, long b, long c);

    static native long signal(int number, long handler);

    static native int __libc_current_sigrtmin();

    /** Makes the calls usable until as many {@link #release} have followed. */
    static void acquire() {
        BINDING.acquire();
    }

    /** Ends a use. */
    static void release() {
        BINDING.release();
    }

    /** errno of the last call of this thread. */
    static int errno() {
        return Native.getLastError();
    }

    /** Address of {@code abs}, a function of one int that touches no memory. */
    static long addressOfAbs() {
        Function function = NativeLibrary.getInstance("c").getFunction("abs");
        // SAFETY: the C library is never unloaded.
        return Pointer.nativeValue(function);
    }

    /** errno as people know it. */
    static String describe(int errno) {
        return switch (errno) {
            case ENOENT -> "ENOENT, no such file";
            case EINTR -> "EINTR, interrupted";
            case EAGAIN -> "EAGAIN, try again";
            case 12 -> "ENOMEM, out of memory";
            case EACCES -> "EACCES, permission denied";
            case 14 -> "EFAULT, bad address";
            case 16 -> "EBUSY, in use";
            case EEXIST -> "EEXIST, exists already";
            case 19 -> "ENODEV, no such device";
            case EINVAL -> "EINVAL, invalid argument";
            case 25 -> "ENOTTY, not supported here";
            default -> "errno " + errno;
        };
    }
}
