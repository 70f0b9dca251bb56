package org.interposer.tool.shell;

import java.io.PrintStream;
import org.apache.felix.service.command.CommandSession;

/** Runs the bodies of commands: help, services that are let go of, errors as plain messages. */
final class Command {
    /** The body of a command. */
    @FunctionalInterface
    interface Body {
        /** Does it. */
        void run(Arguments arguments, Services services, PrintStream out) throws Exception;
    }

    private final Services.Source source;

    Command(Services.Source source) {
        this.source = source;
    }

    /** Runs a command; what it throws has a message for the user. */
    void run(Usage usage, CommandSession session, String[] given, Body body) throws Exception {
        Arguments arguments = Arguments.parse(usage, given);
        PrintStream out = session.getConsole();
        if (arguments.help()) {
            out.println(usage.help());
            return;
        }
        try (Services services = source.open()) {
            body.run(arguments, services, out);
        } catch (IllegalArgumentException | IllegalStateException | InterruptedException e) {
            throw e;
        } catch (Exception e) {
            // The shell shows the message of such an exception without its class.
            throw new IllegalStateException(message(e), e);
        }
    }

    private static String message(Exception e) {
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }
}
