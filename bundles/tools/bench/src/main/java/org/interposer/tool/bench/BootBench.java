package org.interposer.tool.bench;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Wall time from the start of the command to the kernel's line about its init: {@code interposer
 * boot} on the software CPU, and QEMU's translator, with the same kernel. Both start as processes
 * of their own, so that the JVM and its compilers begin cold each time.
 */
final class BootBench {
    private static final String INIT = "Run /init as init process";
    private static final String HOME = "INTERPOSER_HOME";
    private static final String QUICK = "cryptomgr.notests";
    private static final double WANTED = 5.0, NANOS = 1e9;
    private static final long SECONDS = 300;

    private final Settings settings;
    private final PrintStream progress;

    BootBench(Settings settings, PrintStream progress) {
        this.settings = settings;
        this.progress = progress;
    }

    List<Row> rows() throws Exception {
        Settings.Linux linux =
                settings.linux()
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                "the part boot needs --kernel and --initrd"));
        return List.of(row(linux, QUICK), row(linux, ""));
    }

    private Row row(Settings.Linux linux, String word) throws Exception {
        String line = ("console=ttyS0 mitigations=off interposer.run=none " + word).strip();
        String what = word.isEmpty() ? "with the kernel's self-tests" : "with " + word;
        double[] mine = new double[settings.runs()];
        double[] peers = new double[settings.runs()];
        boolean withPeer = QemuGuest.version().isPresent();
        for (int i = 0; i < settings.runs(); i++) {
            progress.printf("  boot %s, run %d of %d%n", what, i + 1, settings.runs());
            mine[i] = seconds(ours(linux, line));
            if (withPeer) {
                peers[i] = seconds(tcg(linux, line));
            }
        }
        return Row.compared(
                "boot to init, " + what,
                "s",
                mine,
                "TCG",
                Optional.of(peers).filter(v -> withPeer),
                "<= 5",
                ratio -> ratio <= WANTED,
                "512 MiB, 1 vCPU, '"
                        + line
                        + "', from the start of the process to '"
                        + INIT
                        + "'; QEMU with -accel tcg -cpu max, runs alternate");
    }

    private static List<String> ours(Settings.Linux linux, String line) {
        String home = System.getenv(HOME);
        if (home == null) {
            throw new IllegalStateException(
                    HOME + " is not set: start the shell with bin/interposer");
        }
        return List.of(
                Path.of(home, "bin", "interposer").toString(),
                "boot",
                "--engine",
                "softcpu",
                "--memory",
                "512M",
                "--kernel",
                linux.kernel().toString(),
                "--initrd",
                linux.initrd().toString(),
                "--cmdline",
                line);
    }

    private static List<String> tcg(Settings.Linux linux, String line) {
        return List.of(
                QemuGuest.PROGRAM,
                "-accel",
                "tcg",
                "-cpu",
                "max",
                "-m",
                "512M",
                "-nographic",
                "-no-reboot",
                "-nic",
                "none",
                "-kernel",
                linux.kernel().toString(),
                "-initrd",
                linux.initrd().toString(),
                "-append",
                line);
    }

    private static double seconds(List<String> command) throws IOException, InterruptedException {
        long begin = System.nanoTime();
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                        .start();
        Thread deadline = PeerProcess.killAfter(process, SECONDS);
        StringBuilder last = new StringBuilder();
        try (BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.contains(INIT)) {
                    return (System.nanoTime() - begin) / NANOS;
                }
                last.append(line).append('\n');
            }
        } finally {
            deadline.interrupt();
            process.destroy();
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
        throw new IllegalStateException(
                command.get(0)
                        + " did not come to '"
                        + INIT
                        + "' within "
                        + SECONDS
                        + " s; its last words:\n"
                        + last.substring(Math.max(0, last.length() - 2000)));
    }
}
