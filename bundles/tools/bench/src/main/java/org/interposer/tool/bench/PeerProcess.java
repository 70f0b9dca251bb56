package org.interposer.tool.bench;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Another monitor, run as a process that prints the guest's debug console on standard output. */
final class PeerProcess {
    private PeerProcess() {}

    /**
     * Runs it to its end.
     *
     * @param who its name in errors
     * @param seconds after which it is killed; what it printed till then counts
     */
    static GuestRun run(String who, List<String> command, long seconds)
            throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(command)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                        .start();
        Thread killer = killAfter(process, seconds);
        try {
            String output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            process.waitFor();
            return new GuestRun(output).checked(who);
        } finally {
            killer.interrupt();
            process.destroyForcibly();
        }
    }

    /** Kills a process after a time, unless the returned thread is interrupted before. */
    static Thread killAfter(Process process, long seconds) {
        Thread thread =
                new Thread(
                        () -> {
                            try {
                                if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
                                    process.destroyForcibly();
                                }
                            } catch (InterruptedException ended) {
                                Thread.currentThread().interrupt();
                            }
                        },
                        "bench-deadline");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }
}
