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
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Wall time from the start of the command to the kernel's line about its init: {@code interposer
 * boot} on the software CPU, and QEMU's translator, with the same kernel. Both start as processes
 * of their own, so that the JVM and its compilers begin cold each time. Ours goes on until the
 * guest has powered off and tells how many instructions that took: a boot is what cold code is like
 * outside of a benchmark, most of it executed now and then by a processor that has just started.
 */
final class BootBench {
    private static final String INIT = "Run /init as init process";
    private static final String HOME = "INTERPOSER_HOME";
    private static final String QUICK = "cryptomgr.notests";
    private static final double WANTED = 5.0, WANTED_MIPS = 100, NANOS = 1e9;
    private static final Pattern RAN = Pattern.compile("the guest ran for ([0-9.]+) s");
    private static final Pattern COUNT = Pattern.compile("(?m)^instructions +([0-9]+)$");
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
        Boots quick = boots(linux, QUICK);
        return List.of(coldCode(quick), toInit(quick), toInit(boots(linux, "")));
    }

    /** What boots with one command line took, in the order of the runs. */
    private record Boots(
            String line, String what, double[] ours, double[] mips, Optional<double[]> peers) {}

    private Boots boots(Settings.Linux linux, String word) throws Exception {
        String line = ("console=ttyS0 mitigations=off interposer.run=none " + word).strip();
        String what = word.isEmpty() ? "with the kernel's self-tests" : "with " + word;
        double[] mine = new double[settings.runs()];
        double[] mips = new double[settings.runs()];
        double[] peers = new double[settings.runs()];
        boolean withPeer = QemuGuest.version().isPresent();
        for (int i = 0; i < settings.runs(); i++) {
            progress.printf("  boot %s, run %d of %d%n", what, i + 1, settings.runs());
            Boot boot = boot(ours(linux, line), true);
            mine[i] = boot.secondsToInit();
            mips[i] = boot.mips();
            if (withPeer) {
                peers[i] = boot(tcg(linux, line), false).secondsToInit();
            }
        }
        return new Boots(line, what, mine, mips, Optional.of(peers).filter(v -> withPeer));
    }

    private static Row toInit(Boots boots) {
        return Row.compared(
                "boot to init, " + boots.what(),
                "s",
                boots.ours(),
                "TCG",
                boots.peers(),
                "<= 5",
                ratio -> ratio <= WANTED,
                "512 MiB, 1 vCPU, '"
                        + boots.line()
                        + "', from the start of the process to '"
                        + INIT
                        + "'; QEMU with -accel tcg -cpu max, runs alternate");
    }

    private static Row coldCode(Boots boots) {
        Samples mips = new Samples(boots.mips());
        return new Row(
                "softcpu, cold code",
                "MIPS",
                mips,
                Optional.empty(),
                Optional.empty(),
                String.format(">= %.0f", WANTED_MIPS),
                mips.median() >= WANTED_MIPS,
                "all instructions of a boot "
                        + boots.what()
                        + " up to its power-off, by the time the guest ran, in a JVM that has just"
                        + " started");
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
                "--exits",
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

    /** What a boot took until its init, and what it printed. */
    private record Boot(double secondsToInit, String output) {
        double mips() {
            return number(COUNT) / number(RAN) / 1e6;
        }

        private double number(Pattern pattern) {
            Matcher found = pattern.matcher(output);
            if (!found.find()) {
                throw new IllegalStateException(
                        "the boot did not tell '" + pattern + "'; its last words:\n" + end(output));
            }
            return Double.parseDouble(found.group(1));
        }
    }

    private static Boot boot(List<String> command, boolean toTheEnd)
            throws IOException, InterruptedException {
        long begin = System.nanoTime();
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                        .start();
        Thread deadline = PeerProcess.killAfter(process, SECONDS);
        StringBuilder output = new StringBuilder();
        OptionalDouble init = OptionalDouble.empty();
        try (BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String line = lines.readLine();
            while (line != null && (toTheEnd || init.isEmpty())) {
                if (init.isEmpty() && line.contains(INIT)) {
                    init = OptionalDouble.of((System.nanoTime() - begin) / NANOS);
                }
                output.append(line).append('\n');
                line = lines.readLine();
            }
        } finally {
            deadline.interrupt();
            process.destroy();
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
        String said = output.toString();
        return new Boot(
                init.orElseThrow(
                        () ->
                                new IllegalStateException(
                                        command.get(0)
                                                + " did not come to '"
                                                + INIT
                                                + "' within "
                                                + SECONDS
                                                + " s; its last words:\n"
                                                + end(said))),
                said);
    }

    private static String end(String output) {
        return output.substring(Math.max(0, output.length() - 2000));
    }
}
