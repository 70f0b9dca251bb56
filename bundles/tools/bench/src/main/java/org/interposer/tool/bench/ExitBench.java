package org.interposer.tool.bench;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What one exit costs from the guest's instruction to the next: the guest {@code exits} here and
 * under {@code kvmloop}, a loop in C that makes the same KVM calls. The best round counts, of both:
 * see {@link MipsBench}.
 */
final class ExitBench {
    private static final List<String> KINDS = List.of("pio_read", "pio_write", "mmio_read");
    private static final double WANTED = 1.10;
    private static final int SECONDS = 60;

    private final Settings settings;
    private final InterposerGuest ours;
    private final Optional<Path> loop;
    private final PrintStream progress;

    /**
     * With or without a peer.
     *
     * @param loop the program in C, if it was built
     */
    ExitBench(Settings settings, InterposerGuest ours, Path loop, PrintStream progress) {
        this.settings = settings;
        this.ours = ours;
        this.loop = Optional.of(loop).filter(Files::isExecutable);
        this.progress = progress;
    }

    List<Row> rows() throws Exception {
        List<Row> rows = new ArrayList<>();
        for (int level : new int[] {0, 3}) {
            rows.addAll(rows(level));
        }
        return rows;
    }

    private List<Row> rows(int level) throws Exception {
        String line = "n=4000 rounds=10 mode=both cpl=" + level;
        List<GuestRun> mine = new ArrayList<>();
        List<GuestRun> peers = new ArrayList<>();
        ours.run(line, SECONDS, InterposerGuest.Meanwhile.NOTHING);
        for (int i = 0; i < settings.runs(); i++) {
            progress.printf("  from CPL %d, run %d of %d%n", level, i + 1, settings.runs());
            mine.add(ours.run(line, SECONDS, InterposerGuest.Meanwhile.NOTHING));
            if (loop.isPresent()) {
                peers.add(
                        PeerProcess.run(
                                "kvmloop",
                                List.of(
                                        loop.get().toString(),
                                        settings.guest("exits").toString(),
                                        line),
                                SECONDS));
            }
        }
        return KINDS.stream().map(kind -> row(kind, level, line, mine, peers)).toList();
    }

    private Row row(
            String kind, int level, String line, List<GuestRun> mine, List<GuestRun> peers) {
        return Row.compared(
                kind.replace('_', ' ') + ", CPL " + level,
                "ns",
                nanos(kind, mine),
                "C loop",
                Optional.of(nanos(kind, peers)).filter(v -> v.length > 0),
                "<= 1.10",
                ratio -> ratio <= WANTED,
                "guest exits "
                        + line
                        + ", best round, interrupt controllers in the kernel, runs alternate");
    }

    private static double[] nanos(String kind, List<GuestRun> runs) {
        return runs.stream()
                .mapToDouble(run -> run.least("access=" + kind, "ns_per_access"))
                .toArray();
    }
}
