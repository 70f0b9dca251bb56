package org.interposer.runtime;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * The folder that outlives a run: configurations, shell history and logs; one process owns it at a
 * time. The framework's bundle cache is in it too, but starts empty each time.
 */
final class StateDirectory implements AutoCloseable {
    private final Path path;
    private final FileChannel channel;

    private final boolean temporary;

    private StateDirectory(Path path, FileChannel channel, boolean temporary) {
        this.path = path;
        this.channel = channel;
        this.temporary = temporary;
    }

    /**
     * Takes the folder, makes it if need be.
     *
     * @throws IOException when it cannot be made or another process owns it
     */
    static StateDirectory open(Path path) throws IOException {
        return open(path.toAbsolutePath(), false);
    }

    /**
     * Makes a folder that is deleted when it is closed.
     *
     * @throws IOException when it cannot be made
     */
    static StateDirectory temporary() throws IOException {
        return open(Files.createTempDirectory("interposer."), true);
    }

    private static StateDirectory open(Path path, boolean temporary) throws IOException {
        Files.createDirectories(path.resolve("log"));
        Path lockFile = path.resolve("lock");
        FileChannel channel =
                FileChannel.open(
                        lockFile,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        if (!lock(channel)) {
            String owner = Files.readString(lockFile, StandardCharsets.UTF_8).strip();
            channel.close();
            throw new IOException(
                    (owner.isEmpty() ? "another process" : "process " + owner)
                            + " already uses "
                            + path
                            + "; end it, or choose another folder with --state DIR");
        }
        channel.truncate(0);
        byte[] pid = (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.UTF_8);
        channel.write(ByteBuffer.wrap(pid));
        return new StateDirectory(path, channel, temporary);
    }

    private static boolean lock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    Path path() {
        return path;
    }

    Path resolve(String name) {
        return path.resolve(name);
    }

    @Override
    public void close() throws IOException {
        channel.close();
        if (temporary) {
            try (Stream<Path> files = Files.walk(path)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }
}
