package org.interposer.core.machine;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.interposer.api.engine.Engine;
import org.interposer.api.machine.MachineException;

/**
 * The engine a machine runs on.
 *
 * @param engine the engine
 * @param reason why it was chosen, empty when the configuration names it
 */
record EngineChoice(Engine engine, String reason) {
    /**
     * Takes the engine the configuration names, or else the best usable one: one that runs an
     * ordinary kernel before one that does not, then {@code kvm} before the others.
     */
    static EngineChoice choose(String machine, Optional<String> wanted, List<Engine> engines)
            throws MachineException {
        if (engines.isEmpty()) {
            throw new MachineException(
                    "machine '"
                            + machine
                            + "' cannot start: there is no engine; install and start a bundle such"
                            + " as org.interposer.engine.kvm or org.interposer.engine.softcpu");
        }
        return wanted.isPresent() ? named(machine, wanted.get(), engines) : best(machine, engines);
    }

    /** The usable engine with a name. */
    static EngineChoice named(String machine, String name, List<Engine> engines)
            throws MachineException {
        Engine engine =
                engines.stream()
                        .filter(e -> e.name().equals(name))
                        .findFirst()
                        .orElseThrow(
                                () ->
                                        new MachineException(
                                                String.format(
                                                        "machine '%s': there is no engine '%s';"
                                                                + " there is %s",
                                                        machine, name, names(engines))));
        if (!engine.report().usable()) {
            throw new MachineException(
                    String.format(
                            "machine '%s': engine '%s' does not work here: %s",
                            machine, name, engine.report().summary()));
        }
        return new EngineChoice(engine, "");
    }

    private static EngineChoice best(String machine, List<Engine> engines) throws MachineException {
        Comparator<Engine> order =
                Comparator.comparing((Engine e) -> !e.report().runsKernelCode())
                        .thenComparing(e -> !e.name().equals("kvm"))
                        .thenComparing(Engine::name);
        return engines.stream()
                .filter(e -> e.report().usable())
                .min(order)
                .map(e -> new EngineChoice(e, reason(e, engines)))
                .orElseThrow(
                        () ->
                                new MachineException(
                                        "machine '"
                                                + machine
                                                + "' cannot start: no engine works here: "
                                                + engines.stream()
                                                        .map(
                                                                e ->
                                                                        e.name()
                                                                                + ": "
                                                                                + e.report()
                                                                                        .summary())
                                                        .collect(Collectors.joining("; "))));
    }

    /** What the chosen engine says of itself, and why it is not {@code kvm}. */
    private static String reason(Engine chosen, List<Engine> engines) {
        return engines.stream()
                .filter(e -> e.name().equals("kvm") && e != chosen)
                .map(
                        kvm ->
                                chosen.report().summary()
                                        + "; kvm was passed over: "
                                        + kvm.report().summary())
                .findFirst()
                .orElse(chosen.report().summary());
    }

    private static String names(List<Engine> engines) {
        return engines.stream().map(Engine::name).sorted().collect(Collectors.joining(", "));
    }
}
