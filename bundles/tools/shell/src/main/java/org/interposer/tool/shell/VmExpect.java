package org.interposer.tool.shell;

import java.io.PrintStream;
import java.util.concurrent.TimeUnit;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.interposer.api.character.Console;
import org.interposer.api.machine.Machine;
import org.interposer.api.machine.MachineState;
import org.osgi.framework.BundleContext;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The command {@code vm:expect}, for scripts that follow what a guest does. */
@Component(
        service = VmExpect.class,
        property = {"osgi.command.scope=vm", "osgi.command.function=expect"})
public final class VmExpect {
    private static final long LOOK_MILLIS = 200;

    private final Command command;
    private final Configs configs;

    /** Works with the services of the container. */
    @Activate
    public VmExpect(BundleContext context, @Reference ConfigurationAdmin admin) {
        this(() -> new BundleServices(context), new Configs(admin));
    }

    VmExpect(Services.Source source, Configs configs) {
        this.command = new Command(source);
        this.configs = configs;
    }

    @Descriptor("Waits until a machine's console has shown a text.")
    public void expect(CommandSession session, @Descriptor("NAME TEXT") String... args)
            throws Exception {
        Usage usage =
                Usage.of(
                                "vm:expect",
                                "NAME TEXT",
                                "Waits until a machine's console has shown a text; what it showed"
                                        + " before counts.")
                        .option("--timeout", "S", "seconds to wait at most (60)")
                        .option("--show", "WORD", "prints the lines with this word meanwhile");
        command.run(
                usage,
                session,
                args,
                (a, services, out) -> {
                    Machine machine = Find.machine(services, a.operand(0));
                    String id = MachineConsole.id(configs, machine.name());
                    watch(a, machine, Find.console(services, id), out);
                });
    }

    private static void watch(Arguments a, Machine machine, Console console, PrintStream out)
            throws Exception {
        String wanted = a.operand(1);
        long seconds = a.number("--timeout", 0, Integer.MAX_VALUE).orElse(60);
        ConsoleWatch watch =
                new ConsoleWatch(
                        wanted,
                        line ->
                                a.value("--show")
                                        .filter(line::contains)
                                        .ifPresent(word -> out.println("  | " + line)));
        AutoCloseable attached = console.attach(watch);
        try {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
            boolean stopped = false;
            while (!watch.await(LOOK_MILLIS)) {
                if (stopped) {
                    throw new IllegalStateException(
                            missing(machine, wanted)
                                    + "and has stopped: "
                                    + Outcomes.text(machine.outcome()));
                }
                if (System.nanoTime() >= end) {
                    throw new IllegalStateException(
                            missing(machine, wanted)
                                    + "within "
                                    + seconds
                                    + " s; vm:console "
                                    + machine.name()
                                    + " --history shows what it printed");
                }
                // One more look after the end: its last words may still be on their way.
                stopped = machine.state() == MachineState.STOPPED;
            }
        } finally {
            attached.close();
        }
    }

    private static String missing(Machine machine, String wanted) {
        return "machine '" + machine.name() + "' did not print '" + wanted + "' ";
    }
}
