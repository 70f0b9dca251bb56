package org.interposer.tool.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.apache.felix.gogo.runtime.SyntaxError;
import org.interposer.tool.terminal.ScriptRunner.Command;
import org.junit.jupiter.api.Test;

class ScriptRunnerTest {
    @Test
    void commandsAreSplitAtLineEndsAndSemicolonsAndKnowTheirLine() {
        assertEquals(
                List.of(
                        new Command(2, "echo one", true),
                        new Command(4, "echo two", true),
                        new Command(4, "echo three", true)),
                ScriptRunner.parse("# a comment\necho one\n\necho two; echo three\n"));
    }

    @Test
    void whatConditionsJoinStaysTogether() {
        assertEquals(
                List.of(new Command(1, "a && b || c", true), new Command(1, "d", true)),
                ScriptRunner.parse("a && b || c; d"));
    }

    @Test
    void aPipelineIsOneCommand() {
        assertEquals(
                List.of(new Command(1, "vm:list | grep demo", true)),
                ScriptRunner.parse("vm:list | grep demo"));
    }

    @Test
    void aBlockOverSeveralLinesIsOneCommandOfItsFirstLine() {
        String block = "each [1 2] {\n  echo $it\n}";
        assertEquals(
                List.of(new Command(1, block, true), new Command(4, "echo end", true)),
                ScriptRunner.parse(block + "\necho end"));
    }

    @Test
    void aCommandInTheBackgroundEndsThere() {
        assertEquals(
                List.of(new Command(1, "sleep 1 &", true), new Command(1, "echo on", true)),
                ScriptRunner.parse("sleep 1 & echo on"));
    }

    @Test
    void theValueOfAnAssignmentIsNotPrinted() {
        assertEquals(List.of(new Command(1, "x = 5", false)), ScriptRunner.parse("x = 5"));
    }

    @Test
    void anOpenBracketIsASyntaxError() {
        assertThrows(SyntaxError.class, () -> ScriptRunner.parse("echo one\necho (\n"));
    }
}
