package org.interposer.core.machine;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.interposer.api.engine.Engine;
import org.interposer.api.irq.IrqchipMode;
import org.interposer.api.machine.MachineException;

/** The one place that decides where a machine's interrupt controllers are. */
final class IrqchipChoice {
    private IrqchipChoice() {}

    /** The mode the configuration names, or else the one the engine prefers. */
    static IrqchipMode choose(String machine, Optional<IrqchipMode> wanted, Engine engine)
            throws MachineException {
        List<IrqchipMode> offered = engine.report().irqchipModes();
        if (offered.isEmpty()) {
            throw new MachineException(
                    String.format(
                            "machine '%s' cannot start: engine '%s' offers no place for interrupt"
                                    + " controllers",
                            machine, engine.name()));
        }
        IrqchipMode mode = wanted.orElse(offered.get(0));
        if (!offered.contains(mode)) {
            throw new MachineException(
                    String.format(
                            "machine '%s' cannot start: engine '%s' has no irqchip '%s'; set it to"
                                    + " auto or %s",
                            machine,
                            engine.name(),
                            name(mode),
                            offered.stream()
                                    .map(IrqchipChoice::name)
                                    .collect(Collectors.joining(", "))));
        }
        return mode;
    }

    /** As the configuration writes it. */
    static String name(IrqchipMode mode) {
        return mode.name().toLowerCase(Locale.ROOT);
    }
}
