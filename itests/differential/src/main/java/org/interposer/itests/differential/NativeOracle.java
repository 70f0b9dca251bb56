package org.interposer.itests.differential;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The real processor, through a process that shares a file with this one. */
public final class NativeOracle implements UserCpu {
    private static final int CASES = Layout.PATTERN_SIZE;
    private static final int RESULTS = CASES + BATCH * Layout.CASE_BYTES;
    private static final int FILE_SIZE = RESULTS + BATCH * Layout.RESULT_BYTES;

    private final Path folder;
    private final Process process;
    private final OutputStream commands;
    private final InputStream answers;
    private final ByteBuffer shared;

    private NativeOracle(final Path folder, final Process process, final MappedByteBuffer shared) {
        this.folder = folder;
        this.process = process;
        this.commands = process.getOutputStream();
        this.answers = process.getInputStream();
        this.shared = shared.order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Why the oracle cannot run on this host; empty if it can. */
    public static Optional<String> unavailable() {
        final String system = System.getProperty("os.name");
        final String processor = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        if (!system.equals("Linux") || !(processor.equals("amd64") || processor.equals("x86_64"))) {
            return Optional.of(
                    "the oracle needs an x86-64 Linux, this is " + system + " on " + processor);
        }
        return Optional.empty();
    }

    /** Starts the process. */
    public static NativeOracle start() throws IOException {
        final Path memory = Path.of("/dev/shm");
        final Path folder =
                Files.isWritable(memory)
                        ? Files.createTempDirectory(memory, "differential")
                        : Files.createTempDirectory("differential");
        final Path image = folder.resolve("oracle");
        try (InputStream resource = NativeOracle.class.getResourceAsStream("oracle.elf")) {
            Files.copy(resource, image, StandardCopyOption.REPLACE_EXISTING);
        }
        Files.setPosixFilePermissions(image, PosixFilePermissions.fromString("rwx------"));
        final Path file = folder.resolve("cases");
        final MappedByteBuffer shared;
        try (FileChannel channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            shared = channel.map(MapMode.READ_WRITE, 0, FILE_SIZE);
        }
        shared.put(0, Layout.pattern());
        final Process process =
                new ProcessBuilder(image.toString(), file.toString(), Integer.toString(BATCH))
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        return new NativeOracle(folder, process, shared);
    }

    @Override
    public List<Result> run(final List<Case> cases) throws IOException {
        for (int i = 0; i < cases.size(); i++) {
            put(CASES + i * Layout.CASE_BYTES, cases.get(i));
        }
        final ByteBuffer command = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        commands.write(command.putInt(0).putInt(cases.size()).array());
        commands.flush();
        if (answers.readNBytes(8).length != 8) {
            throw new IOException("the oracle ended: " + exitStatus());
        }
        final List<Result> results = new ArrayList<>(cases.size());
        for (int i = 0; i < cases.size(); i++) {
            results.add(get(RESULTS + i * Layout.RESULT_BYTES));
        }
        return results;
    }

    private String exitStatus() {
        try {
            return process.waitFor(1, TimeUnit.SECONDS)
                    ? "exit status " + process.exitValue()
                    : "it closed its output";
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }

    private void put(final int at, final Case one) {
        final State before = one.before();
        for (int i = 0; i < 16; i++) {
            shared.putLong(at + 8 * i, before.gpr()[i]);
        }
        shared.putLong(at + Layout.CASE_FLAGS, before.flags());
        shared.putLong(at + Layout.CASE_RIP, before.rip());
        shared.put(at + Layout.CASE_CODE, one.code());
        shared.put(at + Layout.CASE_WINDOW, one.window());
        shared.put(at + Layout.CASE_FX, before.fx());
    }

    private Result get(final int at) {
        final long[] gpr = new long[16];
        for (int i = 0; i < 16; i++) {
            gpr[i] = shared.getLong(at + 8 * i);
        }
        final byte[] fx = new byte[512];
        shared.get(at + Layout.RESULT_FX, fx);
        final int count = (int) shared.getLong(at + Layout.RESULT_CHANGES);
        final long[] changes = new long[2 * Math.min(count, Layout.CHANGES)];
        for (int i = 0; i < changes.length; i++) {
            changes[i] = shared.getLong(at + Layout.RESULT_CHANGE + 8 * i);
        }
        return new Result(
                new State(
                        gpr,
                        shared.getLong(at + Layout.RESULT_RIP),
                        shared.getLong(at + Layout.RESULT_FLAGS),
                        fx),
                shared.getInt(at + Layout.RESULT_TRAP),
                shared.getInt(at + Layout.RESULT_ERROR),
                shared.getLong(at + Layout.RESULT_CR2),
                count,
                shared.getLong(at + Layout.RESULT_HASH),
                changes);
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        Files.deleteIfExists(folder.resolve("oracle"));
        Files.deleteIfExists(folder.resolve("cases"));
        Files.deleteIfExists(folder);
    }
}
