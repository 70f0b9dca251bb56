package org.interposer.tool.shell;

import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Function;
import org.interposer.api.character.CharacterBackend;
import org.interposer.api.machine.Machine;
import org.interposer.api.machine.MachineException;
import org.interposer.api.machine.MachineInfo;
import org.jline.terminal.Terminal;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.metatype.MetaTypeService;

/**
 * The command {@code vm:boot}, behind {@code ./interposer boot}: one machine in the foreground. A
 * function of its own, so that a script can hand its arguments on as one list.
 */
@Component(
        service = VmBoot.class,
        property = {"osgi.command.scope=vm", "osgi.command.function=boot"})
public final class VmBoot implements Function {
    private static final String STDIO = "boot.stdio";
    private static final String FILE = "boot.file";

    private final BundleContext context;
    private final MachineCreator creator;
    private final Configs configs;
    private final DeviceKinds kinds;
    private final Services.Source source;
    private final boolean terminal = "terminal".equals(System.getenv("INTERPOSER_BOOT"));

    /** Works with the services of the container. */
    @Activate
    public VmBoot(
            BundleContext context,
            @Reference ConfigurationAdmin admin,
            @Reference ServiceComponentRuntime components,
            @Reference MetaTypeService metatypes) {
        this.context = context;
        source = () -> new BundleServices(context);
        configs = new Configs(admin);
        creator = new MachineCreator(source, configs, new Failures(components));
        kinds = new Types(context, components, metatypes)::frontends;
    }

    @Override
    public Object execute(CommandSession session, List<Object> arguments) {
        List<String> words = new ArrayList<>();
        for (Object argument : arguments) {
            if (argument instanceof Collection<?> list) {
                list.forEach(word -> words.add(String.valueOf(word)));
            } else {
                words.add(String.valueOf(argument));
            }
        }
        return boot(session, words.toArray(String[]::new));
    }

    @Descriptor(
            "Runs one machine in the foreground, like a shell tool; its exit status is returned.")
    public int boot(
            CommandSession session, @Descriptor("--kernel FILE OPTION...") String... words) {
        // Gogo puts a stream of the session in the place of System.err.
        PrintStream err = System.err;
        try {
            Arguments arguments = Arguments.parse(BootPlan.USAGE, BootPlan.joined(words));
            if (arguments.help()) {
                session.getConsole().println(BootPlan.help());
                return 0;
            }
            if (session.get(".terminal") instanceof Terminal t && ConsoleSession.isInteractive(t)) {
                throw new IllegalStateException(
                        "vm:boot needs standard input for itself; in this shell use vm:create NAME"
                                + " ... --start and vm:console NAME");
            }
            return run(session, arguments, err);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Foreground.ENDED_BY_USER;
        } catch (Exception e) {
            err.println("boot: " + Optional.ofNullable(e.getMessage()).orElse(e.toString()));
            return Foreground.VMM_ERROR;
        }
    }

    /**
     * What the command line asks for.
     *
     * @param seconds longest run, 0 for any
     * @param gdb TCP port of a debugger to wait for
     * @param exits whether to tell them in the end
     */
    private record Wishes(
            MachinePlan plan,
            int seconds,
            Optional<Integer> gdb,
            boolean exits,
            Optional<BootTrace> trace) {}

    private int run(CommandSession session, Arguments arguments, PrintStream err) throws Exception {
        Path folder = session.currentDir();
        BootPlan.Serial serial = BootPlan.serial(arguments, folder);
        // The trace comes last: it makes a file, which a mistake elsewhere must not leave.
        Wishes wishes =
                new Wishes(
                        BootPlan.of(arguments, folder, serial.console(), kinds),
                        arguments.number("--timeout", 1, Integer.MAX_VALUE).orElse(0),
                        arguments.number("--gdb", 0, 65_535),
                        arguments.flag("--exits"),
                        BootTrace.of(arguments, folder));
        Optional<BootTrace> trace = wishes.trace();
        List<AutoCloseable> opened = new ArrayList<>(trace.stream().toList());
        try {
            StreamBackend stdio = open(STDIO, standardOutput(session), opened);
            if (serial.file().isPresent()) {
                open(FILE, new FileOutputStream(serial.file().get().toFile()), opened);
            }
            int status = run(wishes, stdio, session, err);
            stdio.drain();
            if (stdio.lost() > 0) {
                err.println(
                        "boot: standard output did not take the last "
                                + stdio.lost()
                                + " bytes of the guest");
            }
            return trace.isPresent() ? trace.get().end(status, err) : status;
        } finally {
            for (AutoCloseable each : opened) {
                each.close();
            }
        }
    }

    private int run(Wishes wishes, StreamBackend stdio, CommandSession session, PrintStream err)
            throws Exception {
        List<Configuration> made = creator.create(wishes.plan(), false);
        Optional<BootTrace> trace = wishes.trace();
        try (Services services = source.open()) {
            Keyboard keyboard = new Keyboard(session.getKeyboard(), stdio, terminal);
            Machine machine = Find.machine(services, wishes.plan().name());
            if (wishes.gdb().isPresent()) {
                waitForGdb(wishes.gdb().get(), err);
            }
            Runnable started =
                    () -> {
                        trace.ifPresent(t -> t.begin(machine));
                        keyboard.type();
                    };
            Foreground foreground = new Foreground(machine, started, err);
            if (terminal) {
                err.println("boot: Ctrl-] ends the machine");
            }
            keyboard.start(foreground::endByUser);
            int status =
                    foreground.run(
                            wishes.seconds(),
                            () ->
                                    stdio.failure().isPresent()
                                            || trace.filter(BootTrace::failed).isPresent());
            if (wishes.exits()) {
                tellExits(machine.info(), err);
            }
            return status;
        } catch (MachineException e) {
            err.println("boot: " + e.getMessage());
            return Foreground.VMM_ERROR;
        } finally {
            configs.delete(made);
        }
    }

    private static void tellExits(MachineInfo info, PrintStream err) {
        err.printf(Locale.ROOT, "boot: the guest ran for %.3f s%n", info.guestNanos() / 1e9);
        err.print(ExitTable.of(info));
    }

    /** In a session of its own: standard output is the guest's, so the answer goes elsewhere. */
    private void waitForGdb(int port, PrintStream err) throws Exception {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        ServiceReference<CommandProcessor> shell =
                context.getServiceReference(CommandProcessor.class);
        try (CommandSession own =
                context.getService(shell)
                        .createSession(InputStream.nullInputStream(), said, said)) {
            own.execute("vm:gdb " + BootPlan.NAME + " " + port);
        } finally {
            context.ungetService(shell);
        }
        err.print(said.toString(StandardCharsets.UTF_8));
    }

    private StreamBackend open(String id, OutputStream out, List<AutoCloseable> opened) {
        StreamBackend backend = new StreamBackend(id, out);
        Dictionary<String, Object> properties = new Hashtable<>();
        properties.put(CharacterBackend.ID, id);
        ServiceRegistration<CharacterBackend> registration =
                context.registerService(CharacterBackend.class, backend, properties);
        opened.add(registration::unregister);
        opened.add(backend);
        return backend;
    }

    /** The session's stream hides errors; here they end the machine. */
    private static OutputStream standardOutput(CommandSession session) {
        PrintStream console = session.getConsole();
        return new OutputStream() {
            @Override
            public void write(int octet) throws IOException {
                write(new byte[] {(byte) octet}, 0, 1);
            }

            @Override
            public void write(byte[] data, int offset, int length) throws IOException {
                console.write(data, offset, length);
                if (console.checkError()) {
                    throw new IOException("standard output is closed");
                }
            }
        };
    }
}
