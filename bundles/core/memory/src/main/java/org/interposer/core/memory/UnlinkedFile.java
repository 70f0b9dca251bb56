package org.interposer.core.memory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * RAM in a sparse file without a name, for hosts without memfd: the same mapping rules hold, only
 * pages are cleared instead of given back; holes stay holes.
 */
final class UnlinkedFile implements RamFile {
    private static final Logger LOG = LoggerFactory.getLogger(UnlinkedFile.class);
    private static final int CHUNK = 1 << 16;
    private static final ByteBuffer ZEROES = ByteBuffer.allocateDirect(CHUNK).asReadOnlyBuffer();
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    private final FileChannel channel;

    /** Makes a file of that size in shared memory if there is any, else among temporary files. */
    UnlinkedFile(long bytes) throws IOException {
        Path path =
                Files.isWritable(SHARED_MEMORY)
                        ? Files.createTempFile(SHARED_MEMORY, "interposer", ".ram")
                        : Files.createTempFile("interposer", ".ram");
        try {
            channel =
                    FileChannel.open(
                            path,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE,
                            StandardOpenOption.SPARSE);
        } finally {
            Files.delete(path);
        }
        channel.write(ByteBuffer.allocate(1), bytes - 1);
    }

    @Override
    public FileChannel channel() {
        return channel;
    }

    @Override
    public void mapped(long address, long bytes) {
        // Large pages are for memfd only.
    }

    @Override
    public boolean punch(long offset, long length) {
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
        try {
            for (long at = offset; at < offset + length; at += CHUNK) {
                int part = (int) Math.min(CHUNK, offset + length - at);
                channel.read(chunk.clear().limit(part), at);
                if (chunk.clear().limit(part).mismatch(ZEROES.slice(0, part)) >= 0) {
                    channel.write(ZEROES.slice(0, part), at);
                }
            }
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public OptionalInt descriptor() {
        return OptionalInt.empty();
    }

    @Override
    public void close() {
        try {
            // The last unmapping frees the file, which has no name.
            channel.close();
        } catch (IOException e) {
            LOG.warn("closing a memory file", e);
        }
    }
}
