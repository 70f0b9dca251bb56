package org.interposer.backend.block.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.interposer.api.block.BlockGeometry;
import org.interposer.api.config.Sizes;

/** An open, checked and locked file or block device. */
final class DiskFile implements AutoCloseable {
    private static final int TYPE = 0170000;
    private static final int REGULAR = 0100000;
    private static final int BLOCK_DEVICE = 0060000;
    private static final int BUFFERED_BLOCK = 512;

    private final FileSettings settings;
    private final int fd;
    private final FileChannel channel;
    private final long bytes;
    private final int alignment;
    private final Object inode;

    private DiskFile(
            FileSettings settings,
            int fd,
            FileChannel channel,
            long bytes,
            int alignment,
            Object inode) {
        this.settings = settings;
        this.fd = fd;
        this.channel = channel;
        this.bytes = bytes;
        this.alignment = alignment;
        this.inode = inode;
    }

    static DiskFile open(FileSettings settings) throws IOException {
        Libc.acquire();
        boolean open = false;
        try {
            DiskFile file = openAcquired(settings);
            open = true;
            return file;
        } finally {
            if (!open) {
                Libc.release();
            }
        }
    }

    private static DiskFile openAcquired(FileSettings settings) throws IOException {
        Path path = settings.path();
        boolean fresh = !Files.exists(path);
        if (fresh) {
            create(settings);
        }
        checkType(settings);
        Object inode = Files.getAttribute(path, "unix:ino");
        int fd = openDescriptor(settings);
        boolean locked = false;
        FileChannel channel = null;
        try {
            if (settings.lock()) {
                FileLocks.lock(fd, settings, inode);
                locked = true;
            }
            long bytes = size(settings, fd, fresh);
            int alignment = settings.direct() ? probeAlignment(settings, fd) : BUFFERED_BLOCK;
            check(settings, bytes, alignment);
            channel = openChannel(settings, fd);
            return new DiskFile(settings, fd, channel, bytes, alignment, inode);
        } finally {
            if (channel == null) {
                if (locked) {
                    FileLocks.forget(inode);
                }
                // SAFETY: opened above and not handed out.
                Libc.close(fd);
            }
        }
    }

    int fd() {
        return fd;
    }

    FileChannel channel() {
        return channel;
    }

    long bytes() {
        return bytes;
    }

    /** What offsets, lengths and addresses must be multiples of; matters for O_DIRECT only. */
    int alignment() {
        return alignment;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new IllegalStateException("cannot close " + settings.path(), e);
        } finally {
            if (settings.lock()) {
                FileLocks.forget(inode);
            }
            // SAFETY: nobody uses the descriptor any more; closing it releases the lock.
            Libc.close(fd);
            Libc.release();
        }
    }

    private static void create(FileSettings settings) throws IOException {
        Path path = settings.path();
        if (!settings.create()) {
            throw new IOException(
                    ("%s does not exist; create it (truncate -s 10G %s) or set create=true and"
                                    + " size=<bytes> for '%s'")
                            .formatted(path, path, settings.id()));
        }
        if (settings.readOnly()) {
            throw new IOException(path + " does not exist and cannot be created read-only");
        }
        try {
            Files.createFile(path);
        } catch (NoSuchFileException e) {
            throw new IOException(
                    "cannot create " + path + ": its directory does not exist; create it first", e);
        } catch (AccessDeniedException e) {
            throw new IOException(
                    "cannot create " + path + ": this user may not write to its directory", e);
        }
    }

    private static void checkType(FileSettings settings) throws IOException {
        Path path = settings.path();
        int type = (int) Files.getAttribute(path, "unix:mode") & TYPE;
        if (type != REGULAR && type != BLOCK_DEVICE) {
            throw new IOException(
                    path
                            + (Files.isDirectory(path) ? " is a directory" : " is no disk")
                            + "; name a raw image file or a block device");
        }
    }

    private static int openDescriptor(FileSettings settings) throws IOException {
        int flags = Libc.O_CLOEXEC | (settings.readOnly() ? Libc.O_RDONLY : Libc.O_RDWR);
        flags |= settings.direct() ? Libc.O_DIRECT : 0;
        // SAFETY: the path is copied; a new descriptor is ours.
        int fd = Libc.open(settings.path().toString(), flags, 0);
        if (fd >= 0) {
            return fd;
        }
        int errno = Libc.errno();
        String way =
                switch (errno) {
                    case Libc.EINVAL ->
                            settings.direct()
                                    ? "; its file system has no O_DIRECT: set direct=false"
                                    : "";
                    case 13, 30 ->
                            settings.readOnly()
                                    ? "; give this user the right to read it"
                                    : "; give this user the right to write it or set readOnly=true";
                    default -> "";
                };
        throw new IOException("cannot open " + settings.path() + ": " + Libc.text(errno) + way);
    }

    private static long size(FileSettings settings, int fd, boolean fresh) throws IOException {
        if (fresh && Libc.ftruncate(fd, settings.size()) != 0) {
            int errno = Libc.errno();
            Files.deleteIfExists(settings.path());
            throw new IOException(
                    "cannot make %s %s large: %s"
                            .formatted(
                                    settings.path(),
                                    Sizes.format(settings.size()),
                                    Libc.text(errno)));
        }
        // A seek to the end tells the size of files and of block devices alike.
        long bytes = Libc.lseek(fd, 0, Libc.SEEK_END);
        if (bytes < 0) {
            throw new IOException(
                    "cannot find the size of " + settings.path() + ": " + Libc.text(Libc.errno()));
        }
        return bytes;
    }

    private static void check(FileSettings settings, long bytes, int alignment) throws IOException {
        if (bytes == 0) {
            throw new IOException(
                    settings.path()
                            + " is empty; give it a size: truncate -s 10G "
                            + settings.path());
        }
        int unit = Math.max(alignment, BlockGeometry.SECTOR);
        if (bytes % unit != 0) {
            throw new IOException(
                    ("the size of %s, %d bytes, is not a multiple of %d; extend it: truncate -s"
                                    + " %%%d %s")
                            .formatted(settings.path(), bytes, unit, unit, settings.path()));
        }
    }

    /** 512 where the device takes it, else 4096: asks by reading. */
    private static int probeAlignment(FileSettings settings, int fd) throws IOException {
        NativeBuffer probe = new NativeBuffer(8192);
        for (int size : new int[] {512, 4096}) {
            // SAFETY: the buffer has 8192 bytes and is reachable until after the call.
            if (Libc.pread(fd, probe.address() + size, size, 0) >= 0) {
                return probe.bytes().capacity() > size ? size : 4096;
            }
            int errno = Libc.errno();
            if (errno != Libc.EINVAL) {
                throw new IOException("cannot read " + settings.path() + ": " + Libc.text(errno));
            }
        }
        throw new IOException(settings.path() + " cannot be read with O_DIRECT; set direct=false");
    }

    /** A second opening of the very same inode, whatever the path names by now. */
    private static FileChannel openChannel(FileSettings settings, int fd) throws IOException {
        Set<StandardOpenOption> options =
                settings.readOnly()
                        ? Set.of(StandardOpenOption.READ)
                        : Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE);
        return FileChannel.open(Path.of("/proc/self/fd/" + fd), options);
    }
}
