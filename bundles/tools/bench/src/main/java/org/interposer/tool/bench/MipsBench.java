package org.interposer.tool.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Guest instructions per second of the software CPU and of QEMU's translator, with the guest {@code
 * mips}: loops whose instructions are counted, and functions called at random, where each dispatch
 * is mispredicted: the coldest code there can be, while {@link BootBench} measures that of a
 * program. Million a second. Where there is /dev/kvm the guest's code, which runs at CPL 3, tells
 * what the processor itself does, because the bounds were written down on a host of another speed.
 */
final class MipsBench {
    private static final List<String> LOOPS =
            List.of("mix", "hash", "sequential", "addmul", "sieve", "indirect", "fib", "random");

    private static final String CALLS = "cold";
    private static final double WANTED_LOOP = 200, WANTED_CALLS = 100;
    private static final int SECONDS = 120;

    /**
     * The best round counts, of everybody: the first ones warm the JVM's compilers and QEMU's
     * translations, and on a shared host whoever else uses the same core may halve any of them.
     */
    private static final String LINE = "ms=200 rounds=10";

    private final Settings settings;
    private final InterposerGuest ours;
    private final Optional<InterposerGuest> host;
    private final QemuGuest tcg;
    private final PrintStream progress;

    MipsBench(
            Settings settings,
            InterposerGuest ours,
            Optional<InterposerGuest> host,
            QemuGuest tcg,
            PrintStream progress) {
        this.settings = settings;
        this.ours = ours;
        this.host = host;
        this.tcg = tcg;
        this.progress = progress;
    }

    List<Row> rows() throws Exception {
        boolean withPeer = QemuGuest.version().isPresent();
        List<GuestRun> mine = new ArrayList<>();
        List<GuestRun> peers = new ArrayList<>();
        List<GuestRun> hosts = new ArrayList<>();
        for (int i = 0; i < settings.runs(); i++) {
            progress.printf("  loops and calls, run %d of %d%n", i + 1, settings.runs());
            mine.add(ours.run(LINE, SECONDS, InterposerGuest.Meanwhile.NOTHING));
            if (withPeer) {
                peers.add(tcg.run(LINE, SECONDS));
            }
            if (host.isPresent()) {
                hosts.add(host.get().run(LINE, SECONDS, InterposerGuest.Meanwhile.NOTHING));
            }
        }
        List<Row> rows = new ArrayList<>();
        for (String loop : LOOPS) {
            rows.add(row("loop " + loop, loop, WANTED_LOOP, mine, peers, hosts));
        }
        rows.add(row("calls at random", CALLS, WANTED_CALLS, mine, peers, hosts));
        return rows;
    }

    private static Row row(
            String name,
            String loop,
            double wanted,
            List<GuestRun> mine,
            List<GuestRun> theirs,
            List<GuestRun> hosts) {
        double[] ours = mips(loop, mine);
        Optional<double[]> peers = Optional.of(mips(loop, theirs)).filter(v -> v.length > 0);
        Samples samples = new Samples(ours);
        return new Row(
                "softcpu, " + name,
                "MIPS",
                samples,
                peers.map(v -> new Row.Peer("TCG", new Samples(v))),
                peers.map(v -> Samples.ratios(ours, v)),
                String.format(">= %.0f", wanted),
                samples.median() >= wanted,
                "guest mips "
                        + LINE
                        + ", best round; "
                        + (loop.equals(CALLS) ? "4,096 functions of 16 instructions; " : "")
                        + "QEMU with -accel tcg -cpu max, runs alternate"
                        + natively(ours, mips(loop, hosts)));
    }

    private static String natively(double[] ours, double[] host) {
        if (host.length == 0) {
            return "";
        }
        return String.format(
                "; the processor itself (/dev/kvm, CPL 3) %,.0f, of which this is %.1f %%",
                new Samples(host).median(), 100 * Samples.ratios(ours, host).median());
    }

    private static double[] mips(String loop, List<GuestRun> runs) {
        return runs.stream().mapToDouble(run -> run.most("loop=" + loop + " ", "mips")).toArray();
    }
}
