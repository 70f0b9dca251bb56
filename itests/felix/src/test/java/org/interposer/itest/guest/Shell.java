package org.interposer.itest.guest;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.osgi.framework.BundleContext;

/** A session of the shell: tests say what a user would type. */
final class Shell implements AutoCloseable {
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final CommandSession session;

    Shell(BundleContext context) {
        CommandProcessor processor =
                context.getService(context.getServiceReference(CommandProcessor.class));
        session = processor.createSession(new ByteArrayInputStream(new byte[0]), printed, printed);
    }

    /** Runs a command line; fails as the command fails. */
    Object run(String format, Object... values) throws Exception {
        return session.execute(String.format(format, values));
    }

    /** What the commands have printed since the last call. */
    String output() {
        String text = printed.toString(StandardCharsets.UTF_8);
        printed.reset();
        return text;
    }

    @Override
    public void close() {
        session.close();
    }
}
