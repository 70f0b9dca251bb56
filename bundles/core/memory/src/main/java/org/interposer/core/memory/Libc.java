package org.interposer.core.memory;

import org.interposer.support.jna.Binding;

/**
 * The system calls that {@link MemfdFile} needs, bound by JNA direct mapping between {@link
 * #acquire} and {@link #release}.
 */
final class Libc {
    static final int MFD_CLOEXEC = 1;
    static final int FALLOC_FL_KEEP_SIZE = 1;
    static final int FALLOC_FL_PUNCH_HOLE = 2;
    static final int MADV_HUGEPAGE = 14;

    private static final Binding BINDING = new Binding(Libc.class);

    private Libc() {}

    // SAFETY: the signatures are those of the C library on 64-bit Linux (size_t and off_t are 64
    // bits there); no call follows an address except the name, which JNA passes as a copied,
    // zero-terminated string for the length of the call.

    static native int memfd_create(String name, int flags);

    static native int ftruncate(int fd, long length);

    static native int fallocate(int fd, int mode, long offset, long length);

    static native int madvise(long address, long length, int advice);

    static native int close(int fd);

    /** Makes the calls usable until as many {@link #release} have followed. */
    static void acquire() {
        BINDING.acquire();
    }

    /** Ends a use. */
    static void release() {
        BINDING.release();
    }
}
