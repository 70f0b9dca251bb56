package org.interposer.tool.shell;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.interposer.api.config.Sizes;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Plain files as disk images need them: made empty, copied while a port is on hold. */
@Component(
        service = FileCommands.class,
        property = {
            "osgi.command.scope=file",
            "osgi.command.function=copy",
            "osgi.command.function=create"
        })
public final class FileCommands {
    private static final int BLOCK = 1 << 16;

    private final Command command;

    /** Works with the services of the container. */
    @Activate
    public FileCommands(BundleContext context) {
        this(() -> new BundleServices(context));
    }

    FileCommands(Services.Source source) {
        this.command = new Command(source);
    }

    @Descriptor("Copies a file; blocks of zeroes become holes.")
    public void copy(CommandSession session, @Descriptor("FROM TO") String... args)
            throws Exception {
        Usage usage =
                Usage.of("file:copy", "FROM TO", "Copies a file; blocks of zeroes become holes.")
                        .flag("--force", "replaces TO if it exists");
        command.run(
                usage,
                session,
                args,
                (a, services, out) -> {
                    Path from = session.currentDir().resolve(a.operand(0));
                    Path to = target(session, a.operand(1), a.flag("--force"));
                    long bytes = copy(from, to);
                    out.printf("%s: %s copied%n", to, Sizes.format(bytes));
                });
    }

    @Descriptor("Creates an empty disk image; it takes room as it is written.")
    public void create(CommandSession session, @Descriptor("FILE SIZE") String... args)
            throws Exception {
        Usage usage =
                Usage.of(
                                "file:create",
                                "FILE SIZE",
                                "Creates an empty disk image; it takes room as it is written.")
                        .flag("--force", "replaces FILE if it exists");
        command.run(
                usage,
                session,
                args,
                (a, services, out) -> {
                    long bytes = Sizes.parse(a.operand(1));
                    Path file = target(session, a.operand(0), a.flag("--force"));
                    try (FileChannel channel = open(file)) {
                        end(channel, bytes);
                    }
                    out.printf("%s: %s%n", file, Sizes.format(bytes));
                });
    }

    private static Path target(CommandSession session, String name, boolean force) {
        Path file = session.currentDir().resolve(name);
        if (Files.exists(file) && !force) {
            throw new IllegalArgumentException(
                    file + " exists already; choose another name, or --force to replace it");
        }
        return file;
    }

    private static FileChannel open(Path file) throws IOException {
        return FileChannel.open(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING);
    }

    static long copy(Path from, Path to) throws IOException {
        if (Files.exists(to) && Files.isSameFile(from, to)) {
            throw new IllegalArgumentException(from + " cannot be copied onto itself");
        }
        try (FileChannel in = FileChannel.open(from, StandardOpenOption.READ);
                FileChannel out = open(to)) {
            ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
            ByteBuffer zeroes = ByteBuffer.allocateDirect(BLOCK);
            long at = 0;
            while (in.read(block.clear(), at) > 0) {
                int length = block.flip().remaining();
                if (!block.equals(zeroes.clear().limit(length))) {
                    write(out, block, at);
                }
                at += length;
            }
            end(out, at);
            out.force(true);
            return at;
        }
    }

    private static void write(FileChannel out, ByteBuffer block, long at) throws IOException {
        long position = at;
        while (block.hasRemaining()) {
            position += out.write(block, position);
        }
    }

    /** Gives a file its size when its last bytes are a hole. */
    private static void end(FileChannel file, long bytes) throws IOException {
        if (bytes > file.size()) {
            file.write(ByteBuffer.allocate(1), bytes - 1);
        }
    }
}
