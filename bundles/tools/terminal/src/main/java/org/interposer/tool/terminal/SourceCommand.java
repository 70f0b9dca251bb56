package org.interposer.tool.terminal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;

/** The command that runs a script in the present session. */
public final class SourceCommand {
    /** The variable in which Gogo looks for $1, $2 … */
    static final String ARGUMENTS = "args";

    /**
     * Runs a script; its variables stay.
     *
     * @param session the session
     * @param words its file name, relative to the session's folder, and what it finds in $1, $2 …
     * @return the result of the script's last command
     * @throws Exception what the script's failing command throws
     */
    @Descriptor("Runs a script in this session; its arguments are $1, $2 ... there.")
    public Object source(
            CommandSession session, @Descriptor("SCRIPT [ARGUMENT...]") String... words)
            throws Exception {
        if (words.length == 0) {
            throw new IllegalArgumentException(
                    "source needs a script: source SCRIPT [ARGUMENT...]");
        }
        String text = read(session.currentDir().resolve(words[0]));
        Object outer = session.get(ARGUMENTS);
        session.put(ARGUMENTS, List.of(words).subList(1, words.length));
        try {
            return session.execute(text);
        } finally {
            session.put(ARGUMENTS, outer);
        }
    }

    /**
     * Reads a script.
     *
     * @throws IOException with a message that names the file when it cannot be read
     */
    static String read(Path script) throws IOException {
        if (!Files.isRegularFile(script)) {
            throw new IOException("there is no script " + script);
        }
        return Files.readString(script);
    }
}
