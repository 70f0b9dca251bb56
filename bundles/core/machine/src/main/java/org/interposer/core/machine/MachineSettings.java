package org.interposer.core.machine;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.interposer.api.boot.BootSource;
import org.interposer.api.config.Sizes;
import org.interposer.api.engine.CpuModel;
import org.interposer.api.irq.IrqchipMode;

/**
 * A machine's configuration, checked.
 *
 * @param name its name
 * @param memoryBytes RAM
 * @param cpus number of vCPUs
 * @param engine wanted engine, empty for the best
 * @param irqchip wanted place of the interrupt controllers, empty for the engine's choice
 * @param boot what to boot, empty when no kernel is configured
 * @param ecam memory-mapped PCI configuration
 * @param cpuModel CPU shown to the guest
 * @param autostart start when the devices are there
 * @param rebootOnReset a reset reboots; otherwise it stops
 * @param deviceReturnSeconds how long to wait for a device that went away, 0 for ever
 */
record MachineSettings(
        String name,
        long memoryBytes,
        int cpus,
        Optional<String> engine,
        Optional<IrqchipMode> irqchip,
        Optional<BootSource> boot,
        boolean ecam,
        CpuModel cpuModel,
        boolean autostart,
        boolean rebootOnReset,
        int deviceReturnSeconds) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final long MEGABYTE = 1 << 20;
    private static final int MAX_CPUS = 255;

    /**
     * Checks a configuration.
     *
     * @throws IllegalArgumentException naming the machine, the key, its value and what it may be
     */
    static MachineSettings of(MachineConfig config) {
        String name = config.name() == null ? "" : config.name();
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "'"
                            + name
                            + "' cannot be the name of a machine: use letters, digits, dot, dash"
                            + " and underscore, at most 64");
        }
        return new MachineSettings(
                name,
                memory(name, config.memory()),
                cpus(name, config.cpus()),
                choice(name, "engine", config.engine(), Set.of()),
                choice(name, "irqchip", config.irqchip(), Set.of("kernel", "split", "user"))
                        .map(mode -> IrqchipMode.valueOf(mode.toUpperCase(Locale.ROOT))),
                boot(config),
                config.ecam(),
                cpuModel(name, config),
                config.autostart(),
                reboots(name, config.onReset()),
                Math.max(0, config.deviceReturnSeconds()));
    }

    private static long memory(String machine, String text) {
        long bytes;
        try {
            bytes = Sizes.parse(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "machine '" + machine + "': memory: " + e.getMessage(), e);
        }
        if (bytes < MEGABYTE || bytes % MEGABYTE != 0) {
            throw new IllegalArgumentException(
                    bad(machine, "memory", text, "a multiple of 1 MiB such as 512M or 2G"));
        }
        return bytes;
    }

    private static int cpus(String machine, int count) {
        if (count < 1 || count > MAX_CPUS) {
            throw new IllegalArgumentException(
                    bad(machine, "cpus", Integer.toString(count), "1 to " + MAX_CPUS));
        }
        return count;
    }

    /** Empty for "auto"; an empty set allows any word. */
    private static Optional<String> choice(
            String machine, String key, String value, Set<String> allowed) {
        String word = value.trim().toLowerCase(Locale.ROOT);
        if (word.isEmpty() || word.equals("auto")) {
            return Optional.empty();
        }
        if (!allowed.isEmpty() && !allowed.contains(word)) {
            throw new IllegalArgumentException(
                    bad(
                            machine,
                            key,
                            value,
                            "auto, "
                                    + allowed.stream().sorted().collect(Collectors.joining(", "))));
        }
        return Optional.of(word);
    }

    private static boolean reboots(String machine, String value) {
        return switch (value) {
            case "reboot" -> true;
            case "stop" -> false;
            default ->
                    throw new IllegalArgumentException(
                            bad(machine, "onReset", value, "reboot or stop"));
        };
    }

    private static CpuModel cpuModel(String machine, MachineConfig config) {
        if (!Set.of("host", "v2").contains(config.cpuModel())) {
            throw new IllegalArgumentException(
                    bad(machine, "cpuModel", config.cpuModel(), "host or v2"));
        }
        return new CpuModel(
                config.cpuModel(), features(config.cpuRemove()), features(config.cpuAdd()));
    }

    private static Set<String> features(String[] names) {
        return Arrays.stream(names)
                .map(String::trim)
                .filter(n -> !n.isEmpty())
                .collect(Collectors.toUnmodifiableSet());
    }

    private static Optional<BootSource> boot(MachineConfig config) {
        if (config.kernel() == null || config.kernel().isBlank()) {
            return Optional.empty();
        }
        Optional<Path> initrd =
                config.initrd().isBlank()
                        ? Optional.empty()
                        : Optional.of(Path.of(config.initrd().trim()));
        List<BootSource.Module> modules =
                Arrays.stream(config.modules())
                        .filter(m -> !m.isBlank())
                        .map(MachineSettings::module)
                        .toList();
        return Optional.of(
                new BootSource(Path.of(config.kernel().trim()), initrd, config.cmdline(), modules));
    }

    private static BootSource.Module module(String text) {
        String[] parts = text.trim().split("\\s+", 2);
        return new BootSource.Module(Path.of(parts[0]), parts.length > 1 ? parts[1] : "");
    }

    private static String bad(String machine, String key, String value, String allowed) {
        return String.format(
                "machine '%s': %s cannot be '%s'; it is %s", machine, key, value, allowed);
    }
}
