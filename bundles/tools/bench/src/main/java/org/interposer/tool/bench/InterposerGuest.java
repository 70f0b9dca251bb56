package org.interposer.tool.bench;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.interposer.api.block.BlockPortControl;
import org.interposer.api.character.Console;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;

/** Runs a bare-metal guest on this Interposer, by the commands a user would type. */
final class InterposerGuest {
    private static final String NAME = "bench-guest";

    /** The disk's I/O threads are named so; the kernel keeps no more of it. */
    static final String DISK_THREADS = "bench-guest/dis";

    private static final long SECONDS_TO_END = 60;

    private final CommandSession session;
    private final BundleContext context;
    private final String engine;
    private final Path guest;
    private final Optional<String> disk;

    InterposerGuest(
            CommandSession session,
            BundleContext context,
            String engine,
            Path guest,
            Optional<String> disk) {
        this.session = session;
        this.context = context;
        this.engine = engine;
        this.guest = guest;
        this.disk = disk;
    }

    /** Something to do while the guest runs. */
    interface Meanwhile {
        /** Nothing. */
        Meanwhile NOTHING = port -> {};

        void run(BlockPortControl port) throws Exception;
    }

    GuestRun run(String commandLine, long seconds, Meanwhile meanwhile) throws Exception {
        List<String> create =
                new ArrayList<>(
                        List.of(
                                NAME,
                                "--memory",
                                "512M",
                                "--engine",
                                engine,
                                "--kernel",
                                guest.toString(),
                                "--cmdline",
                                commandLine,
                                "--debug-exit",
                                "--no-rng",
                                "--start"));
        disk.ifPresent(spec -> create.addAll(List.of("--disk", spec)));
        execute("vm:create", create.toArray(String[]::new));
        try {
            if (disk.isPresent()) {
                meanwhile.run(port());
            }
            execute(
                    "vm:wait",
                    NAME,
                    "--expect",
                    "33,35",
                    "--timeout",
                    Long.toString(seconds + SECONDS_TO_END));
            return new GuestRun(output()).checked("Interposer");
        } finally {
            execute("vm:delete", NAME, "--force");
        }
    }

    private void execute(String command, String... arguments) throws Exception {
        StringBuilder line = new StringBuilder(command);
        for (String argument : List.of(arguments)) {
            line.append(" '").append(argument).append('\'');
        }
        session.execute(line);
    }

    private BlockPortControl port() throws Exception {
        return service(BlockPortControl.class, "(machine=" + NAME + ")");
    }

    private String output() throws Exception {
        Console console = service(Console.class, "(id=" + NAME + ".console)");
        return new String(console.history(), StandardCharsets.UTF_8);
    }

    private <T> T service(Class<T> type, String filter) throws Exception {
        for (ServiceReference<T> reference : context.getServiceReferences(type, filter)) {
            T service = context.getService(reference);
            if (service != null) {
                return service;
            }
        }
        throw new IllegalStateException("no " + type.getSimpleName() + " with " + filter);
    }
}
