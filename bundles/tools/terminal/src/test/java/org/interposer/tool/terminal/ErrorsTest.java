package org.interposer.tool.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.FileNotFoundException;
import java.lang.reflect.InvocationTargetException;
import org.apache.felix.gogo.runtime.CommandNotFoundException;
import org.junit.jupiter.api.Test;

class ErrorsTest {
    @Test
    void aPlainExceptionIsItsMessage() {
        assertEquals(
                "there is no machine demo",
                Errors.line(new IllegalArgumentException("there is no machine demo")));
    }

    @Test
    void aSpecialExceptionKeepsItsName() {
        assertEquals(
                "FileNotFoundException: disk.img",
                Errors.line(new FileNotFoundException("disk.img")));
    }

    @Test
    void anExceptionWithoutMessageIsItsName() {
        assertEquals("NullPointerException", Errors.line(new NullPointerException()));
    }

    @Test
    void anInterruptionIsToldAsSuch() {
        assertEquals("interrupted", Errors.line(new InterruptedException()));
    }

    @Test
    void whatAReflectiveCallWrapsIsTold() {
        Error cause = new AssertionError("wrong");
        assertEquals("AssertionError: wrong", Errors.line(new InvocationTargetException(cause)));
    }

    @Test
    void anUnknownCommandIsNamedWithTheWayOut() {
        assertEquals(
                "there is no command vm:lst; help lists them",
                Errors.line(new CommandNotFoundException("vm:lst")));
    }
}
