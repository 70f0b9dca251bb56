package org.interposer.core.boot;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.interposer.api.boot.BootException;
import org.interposer.api.memory.GuestMemory;

/** A file to boot, read with bounds checks; every failure names it. */
final class ImageFile implements AutoCloseable {
    private static final int CHUNK = 1 << 20;

    private final String name;
    private final FileChannel channel;
    private final long size;

    private ImageFile(String name, FileChannel channel, long size) {
        this.name = name;
        this.channel = channel;
        this.size = size;
    }

    /** Opens a file; {@code role} is what it is to the user: kernel, initrd, module. */
    static ImageFile open(String role, Path path) throws BootException {
        String name = role + " " + path;
        if (Files.isDirectory(path)) {
            throw new BootException(name + " is a directory, not an image");
        }
        try {
            FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
            return new ImageFile(name, channel, channel.size());
        } catch (NoSuchFileException e) {
            throw new BootException(name + " does not exist", e);
        } catch (IOException e) {
            throw new BootException(name + " cannot be opened: " + e.getMessage(), e);
        }
    }

    long size() {
        return size;
    }

    /** An exception about this file. */
    BootException error(String what) {
        return new BootException(name + " " + what);
    }

    /** Whether the file has these bytes. */
    boolean has(long offset, long length) {
        return offset >= 0 && length >= 0 && offset <= size && length <= size - offset;
    }

    /** Refuses a file that ends before a part of it. */
    void require(long offset, long length, String what) throws BootException {
        if (!has(offset, length)) {
            throw truncated(offset, length, what);
        }
    }

    /** Bytes as a little-endian buffer with absolute offsets from 0. */
    ByteBuffer bytes(long offset, int length, String what) throws BootException {
        require(offset, length, what);
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        fill(buffer, offset);
        return buffer.flip();
    }

    /** Copies a part of the file to guest RAM that has been claimed before. */
    void copyTo(long offset, long length, GuestMemory memory, long address, String what)
            throws BootException {
        require(offset, length, what);
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(CHUNK, length));
        for (long done = 0; done < length; ) {
            buffer.clear().limit((int) Math.min(CHUNK, length - done));
            fill(buffer, offset + done);
            if (!memory.write(address + done, buffer.array(), 0, buffer.limit())) {
                throw error("cannot be written to guest memory at " + hex(address + done));
            }
            done += buffer.limit();
        }
    }

    private void fill(ByteBuffer buffer, long offset) throws BootException {
        try {
            while (buffer.hasRemaining()) {
                if (channel.read(buffer, offset + buffer.position()) < 0) {
                    throw error("became shorter while it was read");
                }
            }
        } catch (IOException e) {
            throw new BootException(name + " cannot be read: " + e.getMessage(), e);
        }
    }

    private BootException truncated(long offset, long length, String what) {
        return error(
                "is truncated or corrupt: "
                        + what
                        + " should be "
                        + Long.toUnsignedString(length)
                        + " bytes at "
                        + hex(offset)
                        + ", but the file has "
                        + size
                        + " bytes");
    }

    static String hex(long value) {
        return "0x" + Long.toHexString(value);
    }

    @Override
    public void close() throws BootException {
        try {
            channel.close();
        } catch (IOException e) {
            throw new BootException(name + " cannot be closed: " + e.getMessage(), e);
        }
    }
}
