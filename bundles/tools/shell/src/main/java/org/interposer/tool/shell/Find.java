package org.interposer.tool.shell;

import java.util.Comparator;
import java.util.List;
import org.interposer.api.block.BlockPortControl;
import org.interposer.api.character.Console;
import org.interposer.api.engine.Engine;
import org.interposer.api.machine.Machine;
import org.interposer.api.machine.MachineState;

/** Finds things by the names that users give them. */
final class Find {
    private Find() {}

    static List<Machine> machines(Services services) {
        return services.all(Machine.class).stream()
                .sorted(Comparator.comparing(Machine::name))
                .toList();
    }

    static Machine machine(Services services, String name) {
        List<Machine> machines = machines(services);
        return machines.stream()
                .filter(m -> m.name().equals(name))
                .findFirst()
                .orElseThrow(
                        () ->
                                Names.unknown(
                                        "machine",
                                        name,
                                        machines.stream().map(Machine::name).toList(),
                                        "vm:create makes one"));
    }

    static Engine engine(Services services, String name) {
        List<Engine> engines = services.all(Engine.class);
        return engines.stream()
                .filter(e -> e.name().equals(name))
                .findFirst()
                .orElseThrow(
                        () ->
                                Names.unknown(
                                        "engine",
                                        name,
                                        engines.stream().map(Engine::name).toList(),
                                        ""));
    }

    static Console console(Services services, String id) {
        List<Console> consoles = services.all(Console.class);
        return consoles.stream()
                .filter(c -> c.id().equals(id))
                .findFirst()
                .orElseThrow(
                        () ->
                                Names.unknown(
                                        "console",
                                        id,
                                        consoles.stream().map(Console::id).toList(),
                                        ""));
    }

    /** How the machine of a port that is not there has ended. */
    private static String ended(Services services, String port) {
        return machines(services).stream()
                .filter(m -> port.equals(m.name()) || port.startsWith(m.name() + "/"))
                .filter(m -> m.state() == MachineState.STOPPED)
                .map(m -> "; machine '" + m.name() + "': " + Outcomes.text(m.outcome()))
                .findFirst()
                .orElse("");
    }

    static String name(BlockPortControl port) {
        return port.machine() + "/" + port.device();
    }

    static List<BlockPortControl> ports(Services services) {
        return services.all(BlockPortControl.class).stream()
                .sorted(Comparator.comparing(Find::name))
                .toList();
    }

    /** A port by {@code machine/device}, or by either alone where that is enough. */
    static BlockPortControl port(Services services, String name) {
        List<BlockPortControl> ports = ports(services);
        List<BlockPortControl> fit =
                ports.stream()
                        .filter(
                                p ->
                                        name(p).equals(name)
                                                || p.machine().equals(name)
                                                || p.device().equals(name))
                        .toList();
        if (fit.size() == 1) {
            return fit.get(0);
        }
        if (fit.size() > 1) {
            throw new IllegalArgumentException(
                    "'"
                            + name
                            + "' may be any of "
                            + String.join(", ", fit.stream().map(Find::name).toList())
                            + "; name one of them");
        }
        throw Names.unknown(
                "port",
                name,
                ports.stream().map(Find::name).toList(),
                "the ports of a machine are there while it runs" + ended(services, name));
    }
}
