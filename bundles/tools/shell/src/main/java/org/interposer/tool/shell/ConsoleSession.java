package org.interposer.tool.shell;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;
import org.interposer.api.character.Console;
import org.jline.terminal.Attributes;
import org.jline.terminal.Attributes.ControlChar;
import org.jline.terminal.Attributes.InputFlag;
import org.jline.terminal.Attributes.LocalFlag;
import org.jline.terminal.Terminal;
import org.jline.utils.NonBlockingReader;

/** A terminal attached to a console: every key goes to the guest, except the escape key. */
final class ConsoleSession {
    /** Ctrl-]. */
    static final int ESCAPE = 0x1d;

    private static final long POLL_MILLIS = 100;

    private final Terminal terminal;
    private final Console console;

    ConsoleSession(Terminal terminal, Console console) {
        this.terminal = terminal;
        this.console = console;
    }

    /** Whether there is a person with a keyboard at this terminal. */
    static boolean isInteractive(Terminal terminal) {
        return !terminal.getType().startsWith(Terminal.TYPE_DUMB);
    }

    /** Serves until the escape key, the end of input, or the end of the machine. */
    void run(BooleanSupplier ended) throws Exception {
        Attributes before = terminal.getAttributes();
        OutputStream out = terminal.output();
        terminal.setAttributes(raw(before));
        try {
            AutoCloseable attached = console.attach(out);
            try {
                forwardKeys(ended);
            } finally {
                attached.close();
            }
        } finally {
            terminal.setAttributes(before);
            terminal.writer().println();
            terminal.flush();
        }
    }

    /** Nothing is echoed, kept for a line, or made a signal: Ctrl-C is the guest's. */
    private static Attributes raw(Attributes before) {
        Attributes raw = new Attributes(before);
        raw.setLocalFlags(
                java.util.EnumSet.of(
                        LocalFlag.ICANON, LocalFlag.ECHO, LocalFlag.IEXTEN, LocalFlag.ISIG),
                false);
        raw.setInputFlags(
                java.util.EnumSet.of(InputFlag.IXON, InputFlag.ICRNL, InputFlag.INLCR), false);
        raw.setControlChar(ControlChar.VMIN, 0);
        raw.setControlChar(ControlChar.VTIME, 1);
        return raw;
    }

    private void forwardKeys(BooleanSupplier ended) throws IOException {
        NonBlockingReader reader = terminal.reader();
        StringBuilder typed = new StringBuilder();
        while (!ended.getAsBoolean()) {
            int key = reader.read(POLL_MILLIS);
            while (key >= 0 && key != ESCAPE) {
                typed.append((char) key);
                key = reader.available() > 0 ? reader.read(1) : NonBlockingReader.READ_EXPIRED;
            }
            type(typed);
            if (key == ESCAPE || key == NonBlockingReader.EOF) {
                return;
            }
        }
    }

    private void type(StringBuilder typed) {
        if (typed.isEmpty()) {
            return;
        }
        byte[] bytes = typed.toString().getBytes(StandardCharsets.UTF_8);
        typed.setLength(0);
        if (console.type(bytes, 0, bytes.length) < bytes.length) {
            terminal.puts(org.jline.utils.InfoCmp.Capability.bell);
        }
    }
}
