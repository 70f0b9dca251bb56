package org.interposer.tool.shell;

import java.nio.charset.StandardCharsets;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.interposer.api.character.Console;
import org.interposer.api.machine.Machine;
import org.osgi.framework.BundleContext;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The command {@code vm:type}: what a user at the console would do, for scripts. */
@Component(
        service = VmType.class,
        property = {"osgi.command.scope=vm", "osgi.command.function=type"})
public final class VmType {
    private static final Usage USAGE =
            Usage.of("vm:type", "NAME [TEXT...]", "Types words and Enter on a machine's console.")
                    .flag("--no-enter", "types no Enter at the end");

    private final Command command;
    private final Configs configs;

    /** Works with the services of the container. */
    @Activate
    public VmType(BundleContext context, @Reference ConfigurationAdmin admin) {
        this(() -> new BundleServices(context), new Configs(admin));
    }

    VmType(Services.Source source, Configs configs) {
        this.command = new Command(source);
        this.configs = configs;
    }

    @Descriptor("Types words and Enter on a machine's console.")
    public void type(CommandSession session, @Descriptor("NAME TEXT...") String... args)
            throws Exception {
        command.run(
                USAGE,
                session,
                args,
                (a, services, out) -> {
                    Machine machine = Find.machine(services, a.operand(0));
                    Console console =
                            Find.console(services, MachineConsole.id(configs, machine.name()));
                    String text = String.join(" ", a.operandsFrom(1));
                    type(machine, console, a.flag("--no-enter") ? text : text + "\r");
                });
    }

    private static void type(Machine machine, Console console, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (console.type(bytes, 0, bytes.length) < bytes.length) {
            throw new IllegalStateException(
                    "machine '"
                            + machine.name()
                            + "' does not read its console: what was typed before still waits");
        }
    }
}
