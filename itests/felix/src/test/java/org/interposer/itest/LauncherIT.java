package org.interposer.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command {@code bin/interposer}, run as a process. */
class LauncherIT {
    private static final int LIMIT_SECONDS = 60;

    @TempDir Path folder;
    private final Map<Process, List<Path>> outputs = new HashMap<>();

    /** What a process left behind. */
    private record Outcome(int status, String out, String err) {}

    @Test
    void aScriptThatSucceedsEndsWithStatusZero() throws Exception {
        Outcome outcome = script("echo one\nx = 5\necho \"x is $x\"\n");
        assertEquals(new Outcome(0, "one\nx is 5\n", ""), outcome);
    }

    @Test
    void aScriptStopsAtTheFirstCommandThatFailsAndNamesItsLine() throws Exception {
        Outcome outcome = script("echo one\n\nthrow boo\necho never\n");
        assertEquals(1, outcome.status());
        assertEquals("one\n", outcome.out());
        assertTrue(outcome.err().endsWith("script.gogo:3: throw boo: boo\n"), outcome.err());
    }

    @Test
    void aCommandThatOnlyReportsAnErrorStopsTheScriptToo() throws Exception {
        Outcome outcome = script("cat /nowhere/at/all\necho never\n");
        assertEquals(1, outcome.status());
        assertEquals("", outcome.out());
        assertTrue(outcome.err().contains("script.gogo:1: cat"), outcome.err());
    }

    @Test
    void anUnknownCommandIsNamed() throws Exception {
        Outcome outcome = script("nosuch:thing\n");
        assertEquals(1, outcome.status());
        assertTrue(outcome.err().contains("there is no command nosuch:thing"), outcome.err());
    }

    @Test
    void aScriptChoosesItsExitStatusAndSeesItsArguments() throws Exception {
        Outcome outcome = script("echo \"$1 and $2\"\nexit 42\necho never\n", "a b", "c");
        assertEquals(new Outcome(42, "a b and c\n", ""), outcome);
    }

    @Test
    void aScriptRunsAnotherWithArgumentsAndKeepsItsOwn() throws Exception {
        Path inner = Files.writeString(folder.resolve("inner.gogo"), "echo \"$2 then $1\"\n");
        Outcome outcome =
                script("source $1 b 'c d'\nsource $1 e f\necho $2\n", inner.toString(), "own");
        assertEquals(new Outcome(0, "c d then b\nf then e\nown\n", ""), outcome);
    }

    @Test
    void aSyntaxErrorIsToldBeforeAnythingRuns() throws Exception {
        Outcome outcome = script("echo one\necho (\n");
        assertEquals(2, outcome.status());
        assertEquals("", outcome.out());
    }

    @Test
    void aWrongSubCommandIsAnsweredWithTheNearest() throws Exception {
        Outcome outcome = run("rum");
        assertEquals(2, outcome.status());
        assertTrue(outcome.err().contains("did you mean run?"), outcome.err());
    }

    @Test
    void helpNamesEveryOption() throws Exception {
        Outcome outcome = run("--help");
        assertEquals(0, outcome.status());
        for (String option : List.of("--state", "--java-home", "--version", "run SCRIPT")) {
            assertTrue(outcome.out().contains(option), option);
        }
    }

    @Test
    void aSecondProcessIsKeptOutOfAStateFolderThatIsInUse() throws Exception {
        Path state = folder.resolve("state");
        Path first = Files.writeString(folder.resolve("first.gogo"), "echo up\nsleep 30\n");
        Process running = start("--state", state.toString(), "run", first.toString());
        try {
            Felix.await(
                    Duration.ofSeconds(LIMIT_SECONDS),
                    "the first process is up",
                    () -> Files.exists(output(running)) && read(output(running)).contains("up"));
            Outcome second = run("--state", state.toString(), "run", first.toString());
            assertEquals(70, second.status());
            assertTrue(second.err().contains("already uses " + state), second.err());
        } finally {
            running.destroy();
        }
        assertTrue(running.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS));
        assertEquals(128 + 15, running.exitValue(), "TERM ends it, with TERM's status");
    }

    @Test
    void aScriptThatIsToldToEndStopsTheFrameworkAndLeavesNoFolderBehind() throws Exception {
        Path script = Files.writeString(folder.resolve("long.gogo"), "echo $.context\nsleep 50\n");
        Path temporary = Files.createDirectory(folder.resolve("tmp"));
        Process running = start(Map.of("TMPDIR", temporary.toString()), "run", script.toString());
        Felix.await(
                Duration.ofSeconds(LIMIT_SECONDS),
                "the script runs",
                () -> !read(output(running)).isEmpty());
        running.destroy();
        assertTrue(running.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS));
        try (Stream<Path> left = Files.list(temporary)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void theShellReadsLinesAndLeavesAtTheEndOfItsInput() throws Exception {
        Process shell = start("--state", folder.resolve("state").toString());
        try (var keyboard = shell.outputWriter()) {
            keyboard.write("echo typed\n");
        }
        assertTrue(shell.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS));
        assertEquals(0, shell.exitValue());
        String out = read(output(shell));
        assertTrue(out.contains("Interposer") && out.contains("typed"), out);
        assertTrue(Files.readString(folder.resolve("state/history")).contains("echo typed"));
    }

    private Outcome script(String text, String... arguments) throws Exception {
        Path script = Files.writeString(folder.resolve("script.gogo"), text);
        List<String> command = new ArrayList<>(List.of("run", script.toString()));
        command.addAll(List.of(arguments));
        return run(command.toArray(new String[0]));
    }

    private Outcome run(String... arguments) throws Exception {
        Process process = start(arguments);
        process.getOutputStream().close();
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("no end: " + List.of(arguments));
        }
        return new Outcome(process.exitValue(), read(output(process)), read(errors(process)));
    }

    private Process start(String... arguments) throws IOException {
        return start(Map.of(), arguments);
    }

    private Process start(Map<String, String> environment, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Felix.home().resolve("bin/interposer").toString());
        command.add("--java-home");
        command.add(System.getProperty("java.home"));
        command.addAll(List.of(arguments));
        Path out = Files.createTempFile(folder, "out", "");
        Path err = Files.createTempFile(folder, "err", "");
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        outputs.put(process, List.of(out, err));
        return process;
    }

    private Path output(Process process) {
        return outputs.get(process).get(0);
    }

    private Path errors(Process process) {
        return outputs.get(process).get(1);
    }

    private static String read(Path file) throws IOException {
        return Files.readString(file);
    }
}
