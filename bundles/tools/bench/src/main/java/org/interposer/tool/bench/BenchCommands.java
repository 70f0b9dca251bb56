package org.interposer.tool.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.interposer.api.engine.Engine;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** The command {@code bench:run}. */
@Component(
        service = BenchCommands.class,
        property = {"osgi.command.scope=bench", "osgi.command.function=run"})
public final class BenchCommands {
    private static final long DISK_BYTES = 1L << 30;
    private static final String STAGE = "bench-null";
    private static final List<String> BACKENDS = List.of("bench-a", "bench-b");
    private static final List<String> PARTS = List.of("exits", "disk", "pauses", "mips", "boot");

    private final BundleContext context;

    /** Called by Declarative Services. */
    @Activate
    public BenchCommands(BundleContext context) {
        this.context = context;
    }

    /**
     * Measures, prints the table and writes the JSON report.
     *
     * @return whether every wanted bound was met
     */
    @Descriptor("Measures this Interposer against its peers and prints one table.")
    public boolean run(
            CommandSession session,
            @Descriptor("folder with the guests' images")
                    @Parameter(names = "--guests", absentValue = "")
                    String guests,
            @Descriptor("folder with the C programs to compare with")
                    @Parameter(names = "--peers", absentValue = "")
                    String peers,
            @Descriptor("folder for the disk image; 1 GiB is needed")
                    @Parameter(names = "--folder", absentValue = "")
                    String folder,
            @Descriptor("counted runs of each figure")
                    @Parameter(names = "--runs", absentValue = "5")
                    int runs,
            @Descriptor("seconds of one disk run")
                    @Parameter(names = "--seconds", absentValue = "3")
                    int seconds,
            @Descriptor("parts to run: exits, disk, pauses, mips, boot; all when empty")
                    @Parameter(names = "--only", absentValue = "")
                    String only,
            @Descriptor("Linux kernel for the part boot")
                    @Parameter(names = "--kernel", absentValue = "")
                    String kernel,
            @Descriptor("its initial RAM disk") @Parameter(names = "--initrd", absentValue = "")
                    String initrd,
            @Descriptor("file for the report as JSON")
                    @Parameter(names = "--json", absentValue = "")
                    String json)
            throws Exception {
        PrintStream out = session.getConsole();
        Path work =
                folder.isEmpty()
                        ? Files.createTempDirectory("interposer-bench")
                        : session.currentDir().resolve(folder);
        Settings settings =
                new Settings(
                        session.currentDir().resolve(guests),
                        work.resolve("bench.img"),
                        runs,
                        seconds,
                        parts(only),
                        linux(session.currentDir(), kernel, initrd),
                        json.isEmpty()
                                ? Optional.empty()
                                : Optional.of(session.currentDir().resolve(json)));
        try {
            Report report = measure(session, settings, session.currentDir().resolve(peers), out);
            out.println();
            out.print(report.text());
            if (settings.json().isPresent()) {
                Files.writeString(settings.json().get(), report.json());
            }
            return report.rows().stream().allMatch(Row::met);
        } finally {
            Files.deleteIfExists(settings.disk());
            if (folder.isEmpty()) {
                Files.delete(work);
            }
        }
    }

    private Report measure(CommandSession session, Settings settings, Path peers, PrintStream out)
            throws Exception {
        List<Row> rows = new ArrayList<>();
        Set<String> parts = settings.parts();
        if (parts.contains("exits")) {
            out.println("exit round trips");
            InterposerGuest exits = guest(session, settings, "kvm", "exits", Optional.empty());
            rows.addAll(new ExitBench(settings, exits, peers.resolve("kvmloop"), out).rows());
        }
        if (parts.contains("disk") || parts.contains("pauses")) {
            fill(settings.disk());
            rows.addAll(onDisk(session, settings, out));
        }
        if (parts.contains("mips")) {
            out.println("instructions per second of the software CPU");
            InterposerGuest mips = guest(session, settings, "softcpu", "mips", Optional.empty());
            Optional<InterposerGuest> host =
                    kvmMakesMachines()
                            ? Optional.of(guest(session, settings, "kvm", "mips", Optional.empty()))
                            : Optional.empty();
            QemuGuest tcg = QemuGuest.tcg(settings.guest("mips"));
            rows.addAll(new MipsBench(settings, mips, host, tcg, out).rows());
        }
        if (parts.contains("boot")) {
            out.println("boot of Linux on the software CPU");
            rows.addAll(new BootBench(settings, out).rows());
        }
        return new Report(about(), rows);
    }

    private boolean kvmMakesMachines() throws InvalidSyntaxException {
        return context.getServiceReferences(Engine.class, "(" + Engine.NAME + "=kvm)").stream()
                .map(context::getService)
                .anyMatch(engine -> engine != null && engine.report().usable());
    }

    private List<Row> onDisk(CommandSession session, Settings settings, PrintStream out)
            throws Exception {
        List<Row> rows = new ArrayList<>();
        if (settings.parts().contains("disk")) {
            out.println("virtio-blk");
            Optional<String> disk = Optional.of("file:" + settings.disk());
            InterposerGuest ours = guest(session, settings, "kvm", "blkload", disk);
            QemuGuest qemu = QemuGuest.kvm(settings.guest("blkload"), settings.disk());
            rows.addAll(new DiskBench(settings, ours, qemu, out).rows());
        }
        if (settings.parts().contains("pauses")) {
            out.println("pauses");
            rows.addAll(pauses(session, settings, out));
        }
        return rows;
    }

    /** A stage comes and goes; then the back-end is swapped, for another one on the same file. */
    private List<Row> pauses(CommandSession session, Settings settings, PrintStream out)
            throws Exception {
        PauseBench.Kind stages =
                new PauseBench.Kind(
                        "stage",
                        "inserts and removals of block-null",
                        false,
                        (port, i) -> i % 2 == 0 ? port.insert(STAGE, 0) : port.remove(STAGE));
        PauseBench.Kind backends =
                new PauseBench.Kind(
                        "back-end",
                        "swaps between two block-file on the same file",
                        true,
                        (port, i) -> port.swap(List.of(BACKENDS.get((i + 1) % 2))));
        InterposerGuest ours =
                guest(
                        session,
                        settings,
                        "kvm",
                        "blkload",
                        Optional.of("backend:" + BACKENDS.get(0)));
        session.execute("interposer:create nullstage " + STAGE);
        for (String id : BACKENDS) {
            session.execute(
                    "backend:create file '%s' 'path=%s' lock=false".formatted(id, settings.disk()));
        }
        try {
            List<Row> rows = new ArrayList<>();
            rows.addAll(new PauseBench(settings, ours, stages, out).rows());
            rows.addAll(new PauseBench(settings, ours, backends, out).rows());
            return rows;
        } finally {
            session.execute("interposer:delete " + STAGE);
            for (String id : BACKENDS) {
                session.execute("backend:delete '" + id + "'");
            }
        }
    }

    private static Set<String> parts(String only) {
        List<String> parts = only.isEmpty() ? PARTS : List.of(only.split(","));
        if (!PARTS.containsAll(parts)) {
            throw new IllegalArgumentException(
                    "--only "
                            + only
                            + ": choose of "
                            + String.join(", ", PARTS)
                            + ", with commas between");
        }
        return new LinkedHashSet<>(parts);
    }

    private static Optional<Settings.Linux> linux(Path folder, String kernel, String initrd) {
        return kernel.isEmpty() || initrd.isEmpty()
                ? Optional.empty()
                : Optional.of(new Settings.Linux(folder.resolve(kernel), folder.resolve(initrd)));
    }

    private InterposerGuest guest(
            CommandSession session,
            Settings settings,
            String engine,
            String name,
            Optional<String> disk) {
        return new InterposerGuest(session, context, engine, settings.guest(name), disk);
    }

    private static List<String> about() {
        return List.of(
                "Java "
                        + System.getProperty("java.vm.version")
                        + ", "
                        + System.getProperty("os.name")
                        + " "
                        + System.getProperty("os.version")
                        + ", "
                        + Runtime.getRuntime().availableProcessors()
                        + " processors",
                "peer: " + QemuGuest.version().orElse("no QEMU is installed: no comparison"));
    }

    /** Makes the file without holes and clean, so that no run pays for blocks or old writes. */
    private static void fill(Path file) throws IOException {
        byte[] block = new byte[1 << 20];
        try (RandomAccessFile disk = new RandomAccessFile(file.toFile(), "rw")) {
            for (long at = 0; at < DISK_BYTES; at += block.length) {
                disk.write(block);
            }
            disk.getFD().sync();
        }
    }
}
