package org.interposer.tool.shell;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.interposer.api.engine.TraceKind;
import org.interposer.api.machine.Machine;
import org.interposer.api.machine.MachineException;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The command {@code vm:trace}: what a guest does, into a file. Its traces live longer than a use
 * of the command, and so does it: a component that is not immediate goes with its last user.
 */
@Component(
        immediate = true,
        service = VmTrace.class,
        property = {"osgi.command.scope=vm", "osgi.command.function=trace"})
public final class VmTrace {
    private static final Logger LOG = LoggerFactory.getLogger(VmTrace.class);
    private static final String OFF = "off";
    private static final Usage USAGE =
            Usage.of(
                            "vm:trace",
                            "NAME [FILE|off]",
                            "Writes what a guest does to a file, one event a line, until 'off' or"
                                    + " the machine's end; without FILE tells how far it is.")
                    .option(
                            "--what",
                            "A,B",
                            "instructions, exceptions, io (exceptions,io); the first two need"
                                    + " engine softcpu")
                    .option("--limit", "N", "events after which it ends by itself (1000000)")
                    .flag("--force", "overwrites FILE");

    private final Services.Source source;
    private final Command command;

    /** The last trace of each machine that had one. */
    private final Map<String, TraceFile> traces = new HashMap<>();

    /** Works with the services of the container. */
    @Activate
    public VmTrace(BundleContext context) {
        this(() -> new BundleServices(context));
    }

    VmTrace(Services.Source source) {
        this.source = source;
        this.command = new Command(source);
    }

    @Descriptor("Writes what a guest does to a file: instructions, exceptions, I/O.")
    public void trace(
            CommandSession session,
            @Descriptor("NAME FILE [--what instructions,exceptions,io] [--limit N] | NAME off")
                    String... args)
            throws Exception {
        command.run(
                USAGE,
                session,
                args,
                (a, services, out) -> {
                    Machine machine = Find.machine(services, a.operand(0));
                    Optional<String> file = a.operandIfGiven(1);
                    if (file.isEmpty()) {
                        show(machine, out);
                    } else if (file.get().equals(OFF)) {
                        end(machine, out);
                    } else {
                        begin(machine, a, session, out);
                    }
                });
    }

    private synchronized void show(Machine machine, PrintStream out) {
        TraceFile trace = known(machine);
        out.println(
                machine.name()
                        + (trace.isClosed() ? ": trace ended, " : ": tracing, ")
                        + trace.summary());
    }

    private TraceFile known(Machine machine) {
        return Optional.ofNullable(traces.get(machine.name()))
                .orElseThrow(
                        () ->
                                new IllegalStateException(
                                        String.format(
                                                "machine '%1$s' is not traced; vm:trace %1$s FILE"
                                                        + " begins",
                                                machine.name())));
    }

    private synchronized void end(Machine machine, PrintStream out) throws MachineException {
        TraceFile trace = known(machine);
        machine.endTrace();
        traces.remove(machine.name());
        out.println(machine.name() + ": trace ended, " + trace.summary());
    }

    private synchronized void begin(
            Machine machine, Arguments a, CommandSession session, PrintStream out)
            throws MachineException {
        Set<TraceKind> kinds =
                TraceChoice.of(a, "--what", a.value("--what").orElse(TraceChoice.DEFAULT));
        long limit = a.number("--limit", 1, Integer.MAX_VALUE).orElse(TraceChoice.LIMIT);
        Optional<TraceFile> before = Optional.ofNullable(traces.get(machine.name()));
        if (before.isPresent()) {
            if (!before.get().isClosed()) {
                throw new IllegalStateException(
                        String.format(
                                "machine '%1$s' is traced already; vm:trace %1$s off ends that",
                                machine.name()));
            }
            // It has reached its limit, which the machine does not know.
            machine.endTrace();
        }
        Path path = session.currentDir().resolve(a.operand(1)).normalize();
        TraceFile trace = TraceFile.create(path, a.flag("--force"), limit);
        try {
            machine.trace(kinds, trace);
        } catch (MachineException | RuntimeException e) {
            trace.discard();
            throw e;
        }
        traces.put(machine.name(), trace);
        out.printf("%s: tracing into %s, %d events at most%n", machine.name(), path, limit);
    }

    /** The files are of this bundle: no machine may write on to them. */
    @Deactivate
    synchronized void deactivate() {
        try (Services services = source.open()) {
            for (Machine machine : Find.machines(services)) {
                TraceFile trace = traces.remove(machine.name());
                if (trace != null) {
                    machine.endTrace();
                    LOG.info("Machine '{}': trace ended, {}", machine.name(), trace.summary());
                }
            }
        } catch (MachineException | RuntimeException e) {
            LOG.warn("A trace could not be ended: {}", e.getMessage());
        }
    }
}
