package org.interposer.tool.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** virtio-blk under the guest {@code blkload}, in turn here and under QEMU, on the same file. */
final class DiskBench {
    private static final int DEPTH = 32;

    private final Settings settings;
    private final InterposerGuest ours;
    private final QemuGuest qemu;
    private final PrintStream progress;

    DiskBench(Settings settings, InterposerGuest ours, QemuGuest qemu, PrintStream progress) {
        this.settings = settings;
        this.ours = ours;
        this.qemu = qemu;
        this.progress = progress;
    }

    List<Row> rows() throws Exception {
        List<Row> rows = new ArrayList<>();
        rows.add(row("4 KiB random reads", "IOPS", "iops", "randread", 4096));
        rows.add(row("4 KiB random writes", "IOPS", "iops", "randwrite", 4096));
        rows.add(row("64 KiB reads", "KiB/s", "kib_per_s", "read", 65536));
        rows.add(row("64 KiB writes", "KiB/s", "kib_per_s", "write", 65536));
        return rows;
    }

    private Row row(String what, String unit, String key, String rw, int bytes) throws Exception {
        String line =
                "mode=iops rw="
                        + rw
                        + " bs="
                        + bytes
                        + " depth="
                        + DEPTH
                        + " hb_ms=0 seconds="
                        + settings.seconds();
        double[] mine = new double[settings.runs()];
        double[] peers = new double[settings.runs()];
        boolean withPeer = QemuGuest.version().isPresent();
        // One run of each that does not count: page cache, JIT.
        ours.run(line, settings.seconds(), InterposerGuest.Meanwhile.NOTHING);
        for (int i = 0; i < settings.runs(); i++) {
            progress.printf("  %s, run %d of %d%n", what, i + 1, settings.runs());
            mine[i] =
                    ours.run(line, settings.seconds(), InterposerGuest.Meanwhile.NOTHING)
                            .number(key);
            if (withPeer) {
                peers[i] = qemu.run(line, settings.seconds() + 60).number(key);
            }
        }
        return Row.compared(
                what,
                unit,
                mine,
                "QEMU",
                Optional.of(peers).filter(v -> withPeer),
                ">= 1.0",
                ratio -> ratio >= 1.0,
                "blkload "
                        + line
                        + ", raw file in the page cache, one queue, one I/O thread on"
                        + " both sides, runs alternate");
    }
}
