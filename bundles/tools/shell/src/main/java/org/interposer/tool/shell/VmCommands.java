package org.interposer.tool.shell;

import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.interposer.api.block.BlockBackendProvider;
import org.interposer.api.character.CharacterBackend;
import org.interposer.api.character.Console;
import org.interposer.api.config.Sizes;
import org.interposer.api.engine.CpuState;
import org.interposer.api.machine.DeviceInfo;
import org.interposer.api.machine.Machine;
import org.interposer.api.machine.MachineException;
import org.interposer.api.machine.MachineInfo;
import org.interposer.api.machine.MachineState;
import org.jline.terminal.Terminal;
import org.osgi.framework.BundleContext;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.metatype.MetaTypeService;

/** The commands over machines. */
@Component(
        service = VmCommands.class,
        property = {
            "osgi.command.scope=vm",
            "osgi.command.function=create",
            "osgi.command.function=list",
            "osgi.command.function=start",
            "osgi.command.function=pause",
            "osgi.command.function=resume",
            "osgi.command.function=powerdown",
            "osgi.command.function=stop",
            "osgi.command.function=reset",
            "osgi.command.function=delete",
            "osgi.command.function=info",
            "osgi.command.function=regs",
            "osgi.command.function=console",
            "osgi.command.function=exitstatus",
            "osgi.command.function=__machines"
        })
public final class VmCommands {
    static final long DAY_SECONDS = 86_400;

    private final Command command;
    private final Services.Source source;
    private final Configs configs;
    private final MachineCreator creator;
    private final DeviceKinds kinds;

    /** Works with the services of the container. */
    @Activate
    public VmCommands(
            BundleContext context,
            @Reference ConfigurationAdmin admin,
            @Reference ServiceComponentRuntime components,
            @Reference MetaTypeService metatypes) {
        this(
                () -> new BundleServices(context),
                new Configs(admin),
                new Failures(components),
                new Types(context, components, metatypes)::frontends);
    }

    VmCommands(Services.Source source, Configs configs, Failures failures, DeviceKinds kinds) {
        this.kinds = kinds;
        this.source = source;
        this.command = new Command(source);
        this.configs = configs;
        this.creator = new MachineCreator(source, configs, failures);
    }

    @Descriptor("Creates a machine with its devices.")
    public void create(
            CommandSession session, @Descriptor("NAME --kernel FILE OPTION...") String... args)
            throws Exception {
        command.run(
                MachinePlan.USAGE,
                session,
                args,
                (a, services, out) -> {
                    MachinePlan plan = MachinePlan.of(a, session.currentDir(), kinds);
                    creator.create(plan, a.flag("--start"));
                    out.println(
                            plan.name()
                                    + ": "
                                    + (a.flag("--start") ? "started" : "created")
                                    + " with "
                                    + String.join(", ", plan.devices()));
                });
    }

    @Descriptor("Lists the machines.")
    public void list(CommandSession session, @Descriptor("--help") String... args)
            throws Exception {
        command.run(
                Usage.of("vm:list", "", "Lists the machines."),
                session,
                args,
                (a, services, out) -> {
                    Table table = new Table("NAME", "STATE", "ENGINE", "CPUS", "MEMORY", "NOTE");
                    for (Machine machine : Find.machines(services)) {
                        MachineInfo info = machine.info();
                        table.row(
                                machine.name(),
                                machine.state().name().toLowerCase(),
                                info.engine(),
                                Integer.toString(info.cpus()),
                                Sizes.format(info.memoryBytes()),
                                note(machine, info));
                    }
                    out.print(
                            table.isEmpty()
                                    ? "no machines; vm:create NAME --kernel FILE makes one\n"
                                    : table.toString());
                });
    }

    /** How it ended, or what it waits for. */
    private static String note(Machine machine, MachineInfo info) {
        List<String> absent =
                info.devices().stream().filter(d -> !d.realized()).map(DeviceInfo::id).toList();
        return machine.state() == MachineState.PAUSED && !absent.isEmpty()
                ? "waits for " + String.join(", ", absent)
                : Outcomes.text(machine.outcome());
    }

    @FunctionalInterface
    private interface Action {
        void on(Machine machine) throws MachineException;
    }

    private void each(
            String verb, String summary, CommandSession session, String[] args, Action action)
            throws Exception {
        each(verb, summary, session, args, action, m -> m.state().name().toLowerCase());
    }

    private void each(
            String verb,
            String summary,
            CommandSession session,
            String[] args,
            Action action,
            Function<Machine, String> done)
            throws Exception {
        command.run(
                Usage.of("vm:" + verb, "NAME...", summary),
                session,
                args,
                (a, services, out) -> {
                    for (String name : a.operandsFrom(0)) {
                        Machine machine = Find.machine(services, name);
                        action.on(machine);
                        out.println(name + ": " + done.apply(machine));
                    }
                });
    }

    @Descriptor("Starts machines.")
    public void start(CommandSession session, @Descriptor("NAME...") String... args)
            throws Exception {
        each("start", "Starts machines.", session, args, Machine::start);
    }

    @Descriptor("Stops vCPUs and guest time.")
    public void pause(CommandSession session, @Descriptor("NAME...") String... args)
            throws Exception {
        each("pause", "Stops vCPUs and guest time.", session, args, Machine::pause);
    }

    @Descriptor("Lets paused machines run on.")
    public void resume(CommandSession session, @Descriptor("NAME...") String... args)
            throws Exception {
        each("resume", "Lets paused machines run on.", session, args, Machine::resume);
    }

    @Descriptor("Presses the power button: asks guests to shut down.")
    public void powerdown(CommandSession session, @Descriptor("NAME...") String... args)
            throws Exception {
        each(
                "powerdown",
                "Presses the power button: asks guests to shut down. vm:wait waits until one has.",
                session,
                args,
                Machine::pressPowerButton,
                machine -> "asked to shut down");
    }

    @Descriptor("Stops machines at once, without asking the guest.")
    public void stop(CommandSession session, @Descriptor("NAME...") String... args)
            throws Exception {
        each(
                "stop",
                "Stops machines at once, without asking the guest.",
                session,
                args,
                Machine::stop);
    }

    @Descriptor("Presses the reset button.")
    public void reset(CommandSession session, @Descriptor("NAME...") String... args)
            throws Exception {
        each("reset", "Presses the reset button.", session, args, Machine::reset);
    }

    @Descriptor("Deletes a machine, its devices and the back-ends made with it; files stay.")
    public void delete(CommandSession session, @Descriptor("NAME [--force]") String... args)
            throws Exception {
        Usage usage =
                Usage.of(
                                "vm:delete",
                                "NAME",
                                "Deletes a machine, its devices and the back-ends made with it;"
                                        + " files stay.")
                        .flag("--force", "stops it first if it runs");
        command.run(usage, session, args, (a, services, out) -> delete(a, services, out));
    }

    private void delete(Arguments a, Services services, PrintStream out) throws Exception {
        String name = a.operand(0);
        List<Configuration> found = configurations(name);
        if (found.isEmpty()) {
            Find.machine(services, name);
            throw new IllegalStateException(
                    "machine '" + name + "' has no configuration that could be deleted");
        }
        Optional<Machine> machine =
                Find.machines(services).stream().filter(m -> m.name().equals(name)).findFirst();
        boolean runs =
                machine.map(Machine::state)
                        .filter(s -> s == MachineState.RUNNING || s == MachineState.PAUSED)
                        .isPresent();
        if (runs && !a.flag("--force")) {
            throw new IllegalStateException(
                    "machine '"
                            + name
                            + "' is "
                            + machine.orElseThrow().state().name().toLowerCase()
                            + "; vm:stop it first, or use --force");
        }
        if (runs) {
            machine.orElseThrow().stop();
        }
        Set<String> ids =
                found.stream()
                        .filter(c -> c.getFactoryPid().contains(".backend."))
                        .flatMap(c -> Configs.text(c, "id").stream())
                        .collect(Collectors.toSet());
        configs.delete(found);
        Arrival arrival = new Arrival(source);
        arrival.gone(Machine.class, m -> m.name().equals(name));
        // Their ids are free again when the command returns.
        arrival.gone(BlockBackendProvider.class, b -> ids.contains(b.id()));
        arrival.gone(CharacterBackend.class, c -> ids.contains(c.id()));
        out.println(name + ": deleted");
    }

    /** The back-ends first, then the devices, the machine last: deletion goes from the end. */
    private List<Configuration> configurations(String name) throws Exception {
        String word = Configs.escaped(name);
        return configs
                .find(
                        String.format(
                                "(|(%s=%s)(&(service.factoryPid=%s)(name=%s))(&(machine=%s)(id=*)))",
                                Configs.OWNER, word, Machine.PID, word, word))
                .stream()
                .sorted(
                        java.util.Comparator.comparingInt(
                                c ->
                                        c.getFactoryPid().equals(Machine.PID)
                                                ? 2
                                                : c.getFactoryPid().contains(".frontend.") ? 1 : 0))
                .toList();
    }

    @Descriptor("Shows all there is to know about a machine.")
    public void info(CommandSession session, @Descriptor("NAME") String... args) throws Exception {
        command.run(
                Usage.of("vm:info", "NAME", "Shows all there is to know about a machine.")
                        .flag("--bus", "the bus map too"),
                session,
                args,
                (a, services, out) ->
                        MachineReport.print(
                                Find.machine(services, a.operand(0)), a.flag("--bus"), out));
    }

    @Descriptor("Shows all registers of a machine's vCPUs.")
    public void regs(CommandSession session, @Descriptor("NAME [--cpu N]") String... args)
            throws Exception {
        command.run(
                Usage.of("vm:regs", "NAME", "Shows all registers of a machine's vCPUs.")
                        .option("--cpu", "N", "of this vCPU only"),
                session,
                args,
                (a, services, out) -> {
                    List<CpuState> states = Find.machine(services, a.operand(0)).cpuStates();
                    if (states.isEmpty()) {
                        throw new IllegalStateException(
                                "machine '"
                                        + a.operand(0)
                                        + "' does not run, so it has no"
                                        + " registers; use vm:start "
                                        + a.operand(0));
                    }
                    Optional<Integer> cpu = a.number("--cpu", 0, states.size() - 1);
                    for (int i = 0; i < states.size(); i++) {
                        if (cpu.isEmpty() || cpu.get() == i) {
                            RegisterTable.print(i, states.get(i), out);
                        }
                    }
                });
    }

    @Descriptor("Attaches this terminal to a machine's console; Ctrl-] leaves.")
    public void console(CommandSession session, @Descriptor("NAME [CONSOLE]") String... args)
            throws Exception {
        Usage usage =
                Usage.of(
                                "vm:console",
                                "NAME [CONSOLE]",
                                "Attaches this terminal to a machine's console; Ctrl-] leaves.")
                        .flag("--history", "prints the output so far and returns")
                        .flag("--follow", "prints output until the machine stops");
        command.run(
                usage,
                session,
                args,
                (a, services, out) -> {
                    Machine machine = Find.machine(services, a.operand(0));
                    String id =
                            a.operandIfGiven(1).orElse(MachineConsole.id(configs, machine.name()));
                    attach(session, a, machine, Find.console(services, id), out);
                });
    }

    private static void attach(
            CommandSession session, Arguments a, Machine machine, Console console, PrintStream out)
            throws Exception {
        Object terminal = session.get(".terminal");
        if (a.flag("--follow")) {
            AutoCloseable attached = console.attach(out);
            try {
                machine.awaitStopped(DAY_SECONDS, TimeUnit.SECONDS);
                Thread.sleep(200);
            } finally {
                attached.close();
            }
        } else if (!a.flag("--history")
                && terminal instanceof Terminal t
                && ConsoleSession.isInteractive(t)) {
            t.writer().println("[" + machine.name() + ": Ctrl-] leaves]");
            t.flush();
            new ConsoleSession(t, console).run(() -> machine.state() == MachineState.STOPPED);
            if (machine.state() == MachineState.STOPPED) {
                out.println("[" + machine.name() + ": " + Outcomes.text(machine.outcome()) + "]");
            }
        } else {
            out.write(console.history());
            out.println();
        }
    }

    @Descriptor("The exit status of a machine's last run, in the manner of a process.")
    public int exitstatus(CommandSession session, @Descriptor("NAME") String... args)
            throws Exception {
        int[] status = new int[1];
        command.run(
                Usage.of(
                        "vm:exitstatus",
                        "NAME",
                        "The guest's own exit status; 0 when it powered off or was stopped, else"
                                + " 1."),
                session,
                args,
                (a, services, out) ->
                        status[0] =
                                Outcomes.status(Find.machine(services, a.operand(0)).outcome()));
        return status[0];
    }

    /** Names for completion. */
    public List<String> __machines() {
        try (Services services = source.open()) {
            return Find.machines(services).stream().map(Machine::name).toList();
        }
    }
}
