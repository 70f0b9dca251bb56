package org.interposer.tool.terminal;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import org.apache.felix.gogo.jline.Shell;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.jline.terminal.Terminal;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What every new session is given: its variables and the profiles of the bundles. */
final class Sessions {
    private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);

    /** In this order a command without a scope is looked for; the last is any scope. */
    static final String SCOPES = "shell:vm:chain:backend:interposer:engine:gogo:felix:*";

    private static final String PROFILE = "OSGI-INF/shell/profile.gogo";

    private Sessions() {}

    /** Sets the variables Gogo's own commands look for, and the user's folder. */
    static void prepare(CommandSession session, CommandProcessor processor, Terminal terminal) {
        session.put(Shell.VAR_TERMINAL, terminal);
        session.put(Shell.VAR_PROCESSOR, processor);
        session.put(Shell.VAR_SESSION, session);
        session.put(Shell.VAR_COMPLETIONS, new HashMap<>());
        session.put("#TERM", (Function) (s, arguments) -> terminal.getType());
        session.put("#COLUMNS", (Function) (s, arguments) -> terminal.getWidth());
        session.put("#LINES", (Function) (s, arguments) -> terminal.getHeight());
        session.put("#PWD", (Function) (s, arguments) -> s.currentDir().toString());
        session.put(Shell.VAR_SCOPE, SCOPES);
        session.currentDir(Path.of(System.getProperty("user.dir")));
    }

    /**
     * Runs the profile of every bundle that brings one; a broken profile is logged and left out.
     */
    static void runProfiles(CommandSession session, BundleContext context) {
        for (Bundle bundle : context.getBundles()) {
            URL profile = bundle.getEntry(PROFILE);
            if (profile == null) {
                continue;
            }
            try {
                session.execute(read(profile));
            } catch (Exception e) {
                LOG.warn("shell profile of {} is left out", bundle.getSymbolicName(), e);
            }
        }
    }

    private static String read(URL url) throws IOException {
        try (InputStream in = url.openStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
