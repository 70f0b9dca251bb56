package org.interposer.tool.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ArgumentsTest {
    private final Usage usage =
            Usage.of("x:make", "NAME [MORE...]", "Makes.")
                    .option("--disk", "DISK", "a disk")
                    .option("--cpus", "N", "vCPUs")
                    .flag("--start", "starts it");

    @Test
    void operandsOptionsAndFlagsAreToldApart() {
        Arguments a =
                Arguments.parse(
                        usage, "demo", "--disk", "a", "--start", "--disk=b", "x", "--", "--y");
        assertEquals("demo", a.operand(0));
        assertEquals(List.of("x", "--y"), a.operandsFrom(1));
        assertEquals(List.of("a", "b"), a.values("--disk"));
        assertEquals(Optional.of("b"), a.value("--disk"));
        assertTrue(a.flag("--start"));
        assertFalse(a.help());
    }

    @Test
    void whatDoesNotFitIsNamedWithTheUsage() {
        wrong("something is missing; usage: x:make NAME [MORE...] [OPTION...]");
        wrong("there is no option --disc; did you mean --disk?", "demo", "--disc", "a");
        wrong("--disk needs a value: DISK", "demo", "--disk");
        wrong("--start takes no value", "demo", "--start=yes");
    }

    @Test
    void numbersHaveLimits() {
        assertEquals(
                Optional.of(4), Arguments.parse(usage, "d", "--cpus", "4").number("--cpus", 1, 8));
        assertThrows(
                IllegalArgumentException.class,
                () -> Arguments.parse(usage, "d", "--cpus", "9").number("--cpus", 1, 8));
        assertThrows(
                IllegalArgumentException.class,
                () -> Arguments.parse(usage, "d", "--cpus", "two").number("--cpus", 1, 8));
    }

    @Test
    void helpNeedsNoOperandsAndNamesEveryOption() {
        assertTrue(Arguments.parse(usage, "--help").help());
        assertTrue(usage.help().contains("--disk DISK  a disk"));
    }

    @Test
    void namesThatAreNearAreFound() {
        assertEquals("; did you mean demo?", Names.nearest("dmeo", List.of("demo", "other")));
        assertEquals("", Names.nearest("xyz", List.of("demo")));
        assertEquals("", Names.nearest("x", List.of("d")));
        assertEquals(3, Names.distance("kitten", "sitting"));
    }

    private void wrong(String expected, String... given) {
        String message =
                assertThrows(IllegalArgumentException.class, () -> Arguments.parse(usage, given))
                        .getMessage();
        assertTrue(message.startsWith(expected), message);
    }
}
