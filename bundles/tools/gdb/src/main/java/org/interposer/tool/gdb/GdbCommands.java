package org.interposer.tool.gdb;

import java.io.IOException;
import java.io.PrintStream;
import java.net.BindException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.interposer.api.machine.Machine;
import org.interposer.api.machine.MachineException;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** The command {@code vm:gdb}. Its servers end with the bundle; the machines run on. */
@Component(
        service = GdbCommands.class,
        immediate = true, // It keeps the servers, whether a command runs or not.
        property = {"osgi.command.scope=vm", "osgi.command.function=gdb"})
public final class GdbCommands {
    private static final String HELP =
            """
            vm:gdb NAME PORT      lets a gdb on this host debug a machine, over TCP port PORT (0: any free one)
            vm:gdb NAME off       ends that; the machine runs on
            vm:gdb                lists what is open
              A machine that is not started yet will wait before its first instruction for gdb.
              In gdb: target remote localhost:PORT. Threads are vCPUs; Ctrl-C stops, detach lets it run on.
            """;

    private final BundleContext context;
    private final Map<String, Server> servers = new ConcurrentHashMap<>();

    /** Called by Declarative Services. */
    @Activate
    public GdbCommands(BundleContext context) {
        this.context = context;
    }

    /** Opens, closes or lists the ports where gdb may come. */
    @Descriptor("Lets gdb debug a machine.")
    public void gdb(CommandSession session, @Descriptor("[NAME PORT|off]") String... args)
            throws Exception {
        PrintStream out = session.getConsole();
        List<String> words = List.of(args);
        if (words.contains("--help")) {
            out.print(HELP);
        } else if (words.isEmpty()) {
            list(out);
        } else if (words.size() != 2) {
            throw new IllegalArgumentException("vm:gdb takes NAME and PORT or off; see --help");
        } else if (words.get(1).equals("off")) {
            close(words.get(0), out);
        } else {
            open(words.get(0), port(words.get(1)), out);
        }
    }

    private void list(PrintStream out) {
        servers.values().removeIf(Server::isClosed);
        servers.forEach((name, server) -> out.println(name + ": localhost:" + server.port()));
        if (servers.isEmpty()) {
            out.println("no machine waits for gdb; vm:gdb NAME PORT opens a port");
        }
    }

    private void close(String name, PrintStream out) {
        Optional.ofNullable(servers.remove(name))
                .filter(server -> !server.isClosed())
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "machine '" + name + "' has no port for gdb open"))
                .close();
        out.println(name + ": gdb's port is closed");
    }

    private void open(String name, int port, PrintStream out)
            throws MachineException, InvalidSyntaxException, IOException {
        Machine machine = machine(name);
        try {
            Server server = Server.open(machine, port);
            Server before = servers.put(name, server);
            if (before != null) {
                before.close();
            }
            out.printf("%s: in gdb: target remote localhost:%d%n", name, server.port());
        } catch (BindException e) {
            throw new IllegalStateException(
                    "port " + port + " is in use; choose another, or 0 for any free one", e);
        }
    }

    private static int port(String text) {
        if (text.matches("[0-9]{1,5}") && Integer.parseInt(text) < 1 << 16) {
            return Integer.parseInt(text);
        }
        throw new IllegalArgumentException("'" + text + "' is no TCP port: 0 to 65535, or off");
    }

    private Machine machine(String name) throws InvalidSyntaxException {
        for (ServiceReference<Machine> reference :
                context.getServiceReferences(Machine.class, null)) {
            if (name.equals(reference.getProperty(Machine.NAME))) {
                return context.getService(reference);
            }
        }
        throw new IllegalArgumentException(
                "there is no machine '" + name + "'; vm:list shows those there are");
    }

    /** Ends all servers. */
    @Deactivate
    public void close() {
        servers.values().forEach(Server::close);
        servers.clear();
    }
}
