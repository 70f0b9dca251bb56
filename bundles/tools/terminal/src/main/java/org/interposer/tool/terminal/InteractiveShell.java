package org.interposer.tool.terminal;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import org.apache.felix.gogo.jline.Expander;
import org.apache.felix.gogo.jline.Highlighter;
import org.apache.felix.gogo.jline.ParsedLineImpl;
import org.apache.felix.gogo.jline.Parser;
import org.apache.felix.gogo.jline.Shell;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;
import org.apache.felix.service.command.Job;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;
import org.osgi.framework.BundleContext;

/** Reads a line, runs it, prints its result or its error, until the user leaves. */
final class InteractiveShell implements Front {
    private final BundleContext context;
    private final CommandProcessor processor;
    private final ExitCommand exit;
    private final Path history;
    private final Terminal terminal;
    private volatile boolean closed;

    /**
     * Takes the process's terminal.
     *
     * @throws IOException when there is none to be had
     */
    InteractiveShell(
            BundleContext context, CommandProcessor processor, ExitCommand exit, Path history)
            throws IOException {
        this.context = context;
        this.processor = processor;
        this.exit = exit;
        this.history = history;
        this.terminal =
                TerminalBuilder.builder()
                        .name("interposer")
                        .system(true)
                        .dumb(true)
                        .nativeSignals(true)
                        .signalHandler(Terminal.SignalHandler.SIG_IGN)
                        .build();
    }

    @Override
    public int run() throws IOException {
        // The terminal buffers; what a command prints must be seen while it runs.
        PrintStream out = new PrintStream(terminal.output(), true);
        try (terminal;
                CommandSession session = processor.createSession(terminal.input(), out, out)) {
            LastingChannels.install(session, terminal.input(), out);
            Sessions.prepare(session, processor, terminal);
            LineReader reader = newReader(session);
            session.put(Shell.VAR_READER, reader);
            Sessions.runProfiles(session, context);
            terminal.handle(Terminal.Signal.INT, signal -> interruptJob(session));
            banner();
            readLines(session, reader);
            return exit.requested().orElse(0);
        }
    }

    private LineReader newReader(CommandSession session) {
        LineReader reader =
                LineReaderBuilder.builder()
                        .terminal(terminal)
                        .variable(LineReader.HISTORY_FILE, history)
                        .variable(LineReader.SECONDARY_PROMPT_PATTERN, "%P> ")
                        .completer(
                                new org.jline.builtins.Completers.Completer(
                                        new GogoCompletion(session)))
                        .highlighter(new Highlighter(session))
                        .parser(new Parser())
                        .expander(new Expander(session))
                        .build();
        reader.setOpt(LineReader.Option.AUTO_FRESH_LINE);
        return reader;
    }

    private void banner() {
        AttributedStringBuilder text = new AttributedStringBuilder();
        text.styled(AttributedStyle.BOLD, "Interposer ");
        text.append(context.getBundle().getVersion().toString());
        text.append(", Java ").append(System.getProperty("java.version"));
        text.append(", ").append(Integer.toString(context.getBundles().length));
        text.append(" bundles. help explains, Tab completes, Ctrl-D leaves.");
        text.println(terminal);
    }

    private static String prompt(Terminal terminal) {
        AttributedStringBuilder text = new AttributedStringBuilder();
        text.styled(AttributedStyle.BOLD.foreground(AttributedStyle.GREEN), "interposer");
        text.append("> ");
        return text.toAnsi(terminal);
    }

    private void readLines(CommandSession session, LineReader reader) {
        String prompt = prompt(terminal);
        while (!closed && exit.requested().isEmpty()) {
            try {
                reader.readLine(prompt);
                ParsedLine line = reader.getParsedLine();
                if (line == null) {
                    return;
                }
                execute(session, (ParsedLineImpl) line);
            } catch (UserInterruptException e) {
                // Ctrl-C throws the line away; the next prompt follows.
                continue;
            } catch (EndOfFileException e) {
                return;
            }
        }
    }

    private void execute(CommandSession session, ParsedLineImpl line) {
        try {
            Object result = session.execute(line.program());
            session.put(Shell.VAR_RESULT, result);
            if (result != null && !Boolean.FALSE.equals(session.get(".Gogo.format"))) {
                terminal.writer().println(session.format(result, Converter.INSPECT));
            }
        } catch (Exception e) {
            if (exit.requested().isEmpty()) {
                session.put(Shell.VAR_EXCEPTION, e);
                AttributedStringBuilder text = new AttributedStringBuilder();
                text.styled(
                        AttributedStyle.DEFAULT.foreground(AttributedStyle.RED), Errors.line(e));
                text.println(terminal);
            }
        }
        terminal.flush();
    }

    private static void interruptJob(CommandSession session) {
        Job job = session.foregroundJob();
        if (job != null) {
            job.interrupt();
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            terminal.close();
        } catch (IOException e) {
            // The process is ending and gives the terminal back anyway.
            closed = true;
        }
    }
}
