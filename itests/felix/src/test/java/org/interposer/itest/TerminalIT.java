package org.interposer.itest;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shell on a real terminal, typed into and read through tmux. */
class TerminalIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String PROMPT = "interposer>";

    private final String server = "interposer-" + ProcessHandle.current().pid();
    @TempDir Path folder;

    @BeforeEach
    void startTheShell() throws Exception {
        assumeTrue(isThereTmux(), "tmux is not installed");
        Path command =
                Files.writeString(
                        folder.resolve("shell.sh"),
                        "trap : INT\n'%s' --java-home '%s' --state '%s'\necho \"ended with $?\"\nsleep 60\n"
                                .formatted(
                                        Felix.home().resolve("bin/interposer"),
                                        System.getProperty("java.home"),
                                        folder.resolve("state")));
        tmux("-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "30", "sh " + command);
        awaitScreen(PROMPT);
    }

    @AfterEach
    void endTmux() throws Exception {
        if (isThereTmux()) {
            tmux("kill-server");
        }
    }

    @Test
    void theArrowKeyBringsTheLastLineBack() throws Exception {
        type("echo fir", "st", "Enter");
        awaitScreen("\nfirst\n");
        awaitPrompt();
        type("Up", "Space", "again", "Enter");
        awaitScreen("\nfirst again\n");
    }

    @Test
    void theTabKeyCompletesACommandAndItsArgument() throws Exception {
        Files.writeString(folder.resolve("unmistakable.txt"), "content of the file\n");
        type("engine:li", "Tab", "Enter");
        awaitScreen(PROMPT + " engine:list");
        awaitPrompt();
        type("cat " + folder + "/unmis", "Tab", "Enter");
        awaitScreen("\ncontent of the file\n");
    }

    @Test
    void controlCInterruptsACommandAndControlDLeaves() throws Exception {
        type("echo begun; sleep 500", "Enter");
        awaitScreen("\nbegun\n");
        // Pressed again, should it fall between the two commands.
        Felix.await(
                LIMIT,
                "the prompt is back",
                () -> {
                    type("C-c");
                    Thread.sleep(500);
                    return isPrompting();
                });
        type("echo still", " here", "Enter");
        awaitScreen("\nstill here\n");
        awaitPrompt();
        type("C-d");
        awaitScreen("ended with 0");
    }

    @Test
    void controlCInterruptsACommandThatReadsAndLeavesTheTerminalToTheShell() throws Exception {
        type("echo begun; cat", "Enter");
        awaitScreen("\nbegun\n");
        type("typed", "Enter");
        awaitScreen("\ntyped\ntyped\n");
        type("C-c");
        awaitPrompt();
        // The command's read, which nothing interrupts, may still take the next key.
        type("Enter");
        awaitPrompt();
        type("echo still", " here", "Enter");
        awaitScreen("\nstill here\n");
    }

    private boolean isThereTmux() {
        return List.of(System.getenv("PATH").split(":")).stream()
                .anyMatch(path -> Files.isExecutable(Path.of(path, "tmux")));
    }

    private void type(String... keys) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("send-keys"));
        command.addAll(List.of(keys));
        tmux(command.toArray(new String[0]));
    }

    private void awaitScreen(String expected) throws Exception {
        String what = "'" + expected.strip() + "' on the screen";
        try {
            Felix.await(LIMIT, what, () -> screen().contains(expected));
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "; there is:\n" + screen(), e);
        }
    }

    /** Keys that come before the prompt would meet a terminal that is not the editor's. */
    private void awaitPrompt() throws Exception {
        Felix.await(LIMIT, "the prompt is back", this::isPrompting);
    }

    private boolean isPrompting() throws IOException, InterruptedException {
        return screen().stripTrailing().endsWith(PROMPT);
    }

    private String screen() throws IOException, InterruptedException {
        return tmux("capture-pane", "-p");
    }

    private String tmux(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("tmux", "-L", server));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + ": " + output);
        }
        return output;
    }
}
