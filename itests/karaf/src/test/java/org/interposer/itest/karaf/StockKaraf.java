package org.interposer.itest.karaf;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A Karaf as it is unpacked, set to free ports and to folders as its only repositories. */
final class StockKaraf implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(120);
    private static final int CLIENT_SECONDS = 120;

    private final Path home;
    private final int sshPort;
    private final Process process;

    private StockKaraf(Path home, int sshPort, Process process) {
        this.home = home;
        this.sshPort = sshPort;
        this.process = process;
    }

    /**
     * Copies what was unpacked and starts the copy.
     *
     * @param stock the unpacked archive
     * @param home where the copy goes
     * @param repository the folder our bundles are taken from
     * @param fetched the folder Karaf's own features are taken from, so that nothing is downloaded
     */
    static StockKaraf start(Path stock, Path home, Path repository, Path fetched)
            throws IOException, InterruptedException {
        copy(stock, home);
        int sshPort = freePort();
        Path etc = home.resolve("etc");
        append(etc.resolve("org.apache.karaf.shell.cfg"), "sshPort = " + sshPort);
        append(etc.resolve("org.apache.karaf.management.cfg"), "rmiRegistryPort = " + freePort());
        append(etc.resolve("org.apache.karaf.management.cfg"), "rmiServerPort = " + freePort());
        append(etc.resolve("users.properties"), "karaf = karaf,_g_:admingroup");
        append(
                etc.resolve("users.properties"),
                "_g_\\:admingroup = group,admin,manager,viewer,systembundles,ssh");
        append(
                etc.resolve("org.ops4j.pax.url.mvn.cfg"),
                "org.ops4j.pax.url.mvn.repositories = "
                        + repository.toUri()
                        + "@id=just-built@snapshots,"
                        + fetched.toUri()
                        + "@id=fetched");
        append(
                etc.resolve("org.ops4j.pax.url.mvn.cfg"),
                "org.ops4j.pax.url.mvn.localRepository = " + home.resolve("data/local"));
        Process process =
                command(home, "karaf", List.of("server"))
                        .redirectErrorStream(true)
                        .redirectOutput(home.resolve("out.log").toFile())
                        .start();
        StockKaraf karaf = new StockKaraf(home, sshPort, process);
        karaf.awaitShell();
        return karaf;
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }

    private static void append(Path file, String line) throws IOException {
        Files.writeString(file, "\n" + line + "\n", StandardOpenOption.APPEND);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static ProcessBuilder command(Path home, String name, List<String> arguments) {
        String script = home.resolve("bin").resolve(name).toString();
        List<String> command = new ArrayList<>(List.of("bash", script));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command);
        Map<String, String> environment = builder.environment();
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        environment.remove("KARAF_HOME");
        // So that the process started is Karaf itself, and ends when told to.
        environment.put("KARAF_EXEC", "exec");
        return builder;
    }

    private void awaitShell() throws IOException, InterruptedException {
        long end = System.nanoTime() + START_LIMIT.toNanos();
        while (true) {
            try {
                run("version");
                return;
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() - end > 0) {
                    close();
                    throw new IOException(
                            "Karaf did not start: " + Files.readString(home.resolve("out.log")), e);
                }
                Thread.sleep(500);
            }
        }
    }

    /**
     * Runs one line in Karaf's shell.
     *
     * @return what it printed
     * @throws IOException when Karaf cannot be reached or the command failed
     */
    String run(String line) throws IOException, InterruptedException {
        Path out = Files.createTempFile(home, "client", ".log");
        Process client =
                command(
                                home,
                                "client",
                                List.of(
                                        "-a",
                                        Integer.toString(sshPort),
                                        "-u",
                                        "karaf",
                                        "-p",
                                        "karaf",
                                        "-l",
                                        "0",
                                        line))
                        .redirectErrorStream(true)
                        .redirectOutput(out.toFile())
                        .start();
        // Its input stays open: at the end of the input the client leaves without running the line.
        boolean ended = client.waitFor(CLIENT_SECONDS, TimeUnit.SECONDS);
        client.destroyForcibly();
        String printed = Files.readString(out, StandardCharsets.UTF_8);
        Files.delete(out);
        if (!ended || client.exitValue() != 0) {
            throw new IOException("'" + line + "' failed in Karaf: " + printed);
        }
        return printed;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
