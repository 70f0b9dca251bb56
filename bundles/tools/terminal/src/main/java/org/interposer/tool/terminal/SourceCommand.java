package org.interposer.tool.terminal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;

/** The command that runs a script in the present session. */
public final class SourceCommand {
    /**
     * Runs a script; its variables stay.
     *
     * @param session the session
     * @param script file name, relative to the session's folder
     * @return the result of the script's last command
     * @throws Exception what the script's failing command throws
     */
    @Descriptor("Runs a script in this session.")
    public Object source(CommandSession session, @Descriptor("script file") String script)
            throws Exception {
        return session.execute(read(session.currentDir().resolve(script)));
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
