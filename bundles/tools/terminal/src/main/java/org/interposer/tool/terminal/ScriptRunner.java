package org.interposer.tool.terminal;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.felix.gogo.runtime.Parser;
import org.apache.felix.gogo.runtime.SyntaxError;
import org.apache.felix.gogo.runtime.Token;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;
import org.apache.felix.service.command.Job;
import org.apache.felix.service.command.Result;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.DumbTerminal;
import org.osgi.framework.BundleContext;

/**
 * Runs a script command by command and stops at the first that fails, that is, throws or leaves an
 * error status.
 */
final class ScriptRunner implements Front {
    private static final int FAILED = 1;
    private static final int UNREADABLE = 2;
    private static final Path STANDARD_INPUT = Path.of("-");

    /** One top-level command with its {@code &&} and {@code ||} parts. */
    record Command(int line, String text, boolean printed) {}

    private final BundleContext context;
    private final CommandProcessor processor;
    private final Path script;
    private final ExitCommand exit;
    private volatile CommandSession session;
    private volatile boolean closed;

    ScriptRunner(BundleContext context, CommandProcessor processor, Path script, ExitCommand exit) {
        this.context = context;
        this.processor = processor;
        this.script = script;
        this.exit = exit;
    }

    @Override
    public int run() throws Exception {
        List<Command> commands;
        try {
            commands = parse(read());
        } catch (SyntaxError e) {
            return fail(UNREADABLE, script + ":" + (e.line() + 1) + ": " + e.getMessage());
        } catch (IOException e) {
            return fail(UNREADABLE, e.getMessage());
        }
        // Gogo puts its own stream in the place of System.out; a session over that would feed
        // itself.
        InputStream in = new FileInputStream(FileDescriptor.in);
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true);
        PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true);
        try (Terminal terminal =
                        new DumbTerminal("script", "dumb", in, out, StandardCharsets.UTF_8);
                CommandSession opened = processor.createSession(in, out, err)) {
            session = opened;
            Sessions.prepare(opened, processor, terminal);
            opened.put("0", script.toString());
            opened.put(SourceCommand.ARGUMENTS, arguments());
            return runAll(opened, commands);
        }
    }

    private String read() throws IOException {
        if (script.equals(STANDARD_INPUT)) {
            return new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        }
        return SourceCommand.read(script);
    }

    private List<Object> arguments() {
        List<Object> arguments = new ArrayList<>();
        for (int number = 1; ; number++) {
            String argument = context.getProperty("interposer.script." + number);
            if (argument == null) {
                return arguments;
            }
            arguments.add(argument);
        }
    }

    private int runAll(CommandSession session, List<Command> commands) {
        AtomicReference<Result> last = new AtomicReference<>();
        session.setJobListener(
                (job, before, now) -> {
                    if (now == Job.Status.Done && job.parent() == null) {
                        last.set(job.result());
                    }
                });
        for (Command command : commands) {
            last.set(null);
            try {
                Object value = session.execute(command.text());
                if (command.printed()) {
                    print(session, value);
                }
            } catch (Exception e) {
                if (exit.requested().isPresent()) {
                    return exit.requested().getAsInt();
                }
                return closed ? FAILED : fail(command, Errors.line(e));
            }
            if (exit.requested().isPresent()) {
                return exit.requested().getAsInt();
            }
            Result result = last.get();
            if (result != null && !result.isSuccess()) {
                return fail(command, "ended with an error");
            }
        }
        return 0;
    }

    private static void print(CommandSession session, Object value) {
        if (value != null) {
            PrintStream out = session.getConsole();
            out.println(session.format(value, Converter.INSPECT));
            out.flush();
        }
    }

    private int fail(Command command, String reason) {
        String first = command.text().lines().findFirst().orElse("");
        return fail(FAILED, script + ":" + command.line() + ": " + first + ": " + reason);
    }

    private static int fail(int status, String message) {
        System.out.flush();
        System.err.println("interposer: " + message);
        return status;
    }

    /** Splits a script at its top level; what {@code &&} and {@code ||} join stays together. */
    static List<Command> parse(String text) {
        List<Command> commands = new ArrayList<>();
        Token first = null;
        Token last = null;
        for (Parser.Executable part : new Parser(text).program().tokens()) {
            boolean joins = Token.eq("&&", part) || Token.eq("||", part) || Token.eq("&", part);
            if (part instanceof Parser.Operator && !joins) {
                add(commands, text, first, last);
                first = null;
                continue;
            }
            first = first == null ? part : first;
            last = part;
            if (Token.eq("&", part)) {
                add(commands, text, first, last);
                first = null;
            }
        }
        add(commands, text, first, last);
        return commands;
    }

    private static void add(List<Command> commands, String text, Token first, Token last) {
        if (first != null) {
            String source = text.substring(first.start(), last.start() + last.length());
            commands.add(new Command(first.line() + 1, source, !isAssignment(last)));
        }
    }

    private static boolean isAssignment(Token part) {
        return part instanceof Parser.Statement
                && ((Parser.Statement) part).tokens().size() > 1
                && Token.eq("=", ((Parser.Statement) part).tokens().get(1));
    }

    @Override
    public void close() {
        closed = true;
        CommandSession current = session;
        if (current != null && current.foregroundJob() != null) {
            current.foregroundJob().interrupt();
        }
    }
}
