package org.interposer.tool.terminal;

import java.lang.reflect.InvocationTargetException;
import org.apache.felix.gogo.runtime.CommandNotFoundException;

/** How an exception of a command is told to the user: one line, no stack trace. */
final class Errors {
    private Errors() {}

    static String line(Throwable thrown) {
        boolean wrapped = thrown instanceof InvocationTargetException && thrown.getCause() != null;
        Throwable error = wrapped ? thrown.getCause() : thrown;
        if (error instanceof CommandNotFoundException) {
            String command = ((CommandNotFoundException) error).getCommand();
            return "there is no command " + command + "; help lists them";
        }
        if (error instanceof InterruptedException) {
            return "interrupted";
        }
        String message = error.getMessage();
        if (message == null || message.isBlank()) {
            return error.getClass().getSimpleName();
        }
        boolean plain =
                error instanceof IllegalArgumentException
                        || error instanceof IllegalStateException
                        || error.getClass() == Exception.class
                        || error.getClass() == RuntimeException.class;
        return plain ? message : error.getClass().getSimpleName() + ": " + message;
    }
}
