package org.interposer.core.memory;

import com.sun.jna.Native;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** RAM in a memfd: no file system, shareable with other processes, pages given back one by one. */
final class MemfdFile implements RamFile {
    /** The kernel's limit is 249 bytes. */
    private static final int LONGEST_NAME = 200;

    private static final Logger LOG = LoggerFactory.getLogger(MemfdFile.class);

    private final int fd;
    private final FileChannel channel;
    private boolean closed;

    /** Makes a memfd of that size. */
    MemfdFile(String name, long bytes) throws IOException {
        Libc.acquire();
        try {
            fd = make(name, bytes);
            channel = open(fd);
        } catch (IOException | RuntimeException e) {
            Libc.release();
            throw e;
        }
    }

    private static int make(String name, long bytes) throws IOException {
        String label = name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) : name;
        int fd = Libc.memfd_create(label, Libc.MFD_CLOEXEC);
        if (fd < 0) {
            throw new IOException("memfd_create: errno " + Native.getLastError());
        }
        if (Libc.ftruncate(fd, bytes) != 0) {
            int errno = Native.getLastError();
            Libc.close(fd);
            throw new IOException("ftruncate of a memfd to " + bytes + " bytes: errno " + errno);
        }
        return fd;
    }

    private static FileChannel open(int fd) throws IOException {
        Path path = Path.of("/proc/self/fd/" + fd);
        try {
            return FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        } catch (IOException e) {
            Libc.close(fd);
            throw new IOException("cannot open " + path + " (is /proc mounted?)", e);
        }
    }

    @Override
    public FileChannel channel() {
        return channel;
    }

    @Override
    public synchronized void mapped(long address, long bytes) {
        // SAFETY: advice changes no contents. Without huge pages in the kernel it fails, which is
        // no loss; with shmem_enabled=never it has no effect.
        if (!closed) {
            Libc.madvise(address, bytes, Libc.MADV_HUGEPAGE);
        }
    }

    @Override
    public synchronized boolean punch(long offset, long length) {
        int mode = Libc.FALLOC_FL_PUNCH_HOLE | Libc.FALLOC_FL_KEEP_SIZE;
        // SAFETY: the descriptor is ours until close(), which takes the same lock; a hole in a
        // mapped memfd keeps the mapping valid, reads see zeroes.
        return !closed && Libc.fallocate(fd, mode, offset, length) == 0;
    }

    @Override
    public synchronized OptionalInt descriptor() {
        return closed ? OptionalInt.empty() : OptionalInt.of(fd);
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            // SAFETY: closed once; mappings hold the memory themselves.
            Libc.close(fd);
            Libc.release();
            try {
                channel.close();
            } catch (IOException e) {
                LOG.warn("closing a memfd", e);
            }
        }
    }
}
