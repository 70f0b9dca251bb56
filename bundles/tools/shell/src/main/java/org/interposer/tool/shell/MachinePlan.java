package org.interposer.tool.shell;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.interposer.api.machine.Machine;

/**
 * The configurations that {@code vm:create} makes.
 *
 * @param name name of the machine
 * @param entries the machine's, its devices' and its back-ends'
 * @param devices ids of its devices
 * @param newBackends ids of the block back-ends that are made with it
 * @param usedBackends ids of those that must be there already
 */
record MachinePlan(
        String name,
        List<Configs.Entry> entries,
        List<String> devices,
        List<String> newBackends,
        List<String> usedBackends) {
    static final Usage USAGE =
            Usage.of("vm:create", "NAME", "Creates a machine with its devices.")
                    .option("--memory", "SIZE", "RAM (512M)")
                    .option("--cpus", "N", "vCPUs (1)")
                    .option("--kernel", "FILE", "bzImage, ELF with PVH note, or multiboot image")
                    .option("--initrd", "FILE", "initial RAM disk")
                    .option("--cmdline", "TEXT", "kernel command line")
                    .option("--module", "'FILE ARGS'", "PVH or multiboot module; may be repeated")
                    .option("--disk", "DISK", DiskSpec.FORM + "; may be repeated")
                    .option("--queues", "N", "queues of each disk")
                    .option("--engine", "NAME", "auto, kvm, softcpu (auto)")
                    .option("--irqchip", "MODE", "auto, kernel, split, user (auto)")
                    .option("--cpu-model", "MODEL", "host or v2 (host)")
                    .option("--cpu-remove", "A,B", "CPU features to hide")
                    .option("--cpu-add", "A,B", "CPU features to add")
                    .option("--on-reset", "WHAT", "reboot or stop (reboot)")
                    .option("--log", "FILE", "file that the console's output is appended to")
                    .flag("--ecam", "memory-mapped PCI configuration")
                    .flag("--debug-exit", "isa-debug-exit (0xf4) and debug console (0xe9)")
                    .flag("--no-rng", "no random number generator")
                    .flag("--autostart", "starts with the container")
                    .flag("--start", "starts it at once");

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final String FRONTEND = "org.interposer.frontend.";

    /**
     * Reads the command line.
     *
     * @throws IllegalArgumentException naming what is wrong
     */
    static MachinePlan of(Arguments arguments, Path folder) {
        String name = arguments.operand(0);
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "'"
                            + name
                            + "' cannot be the name of a machine: use letters, digits, dot, dash"
                            + " and underscore, at most 64");
        }
        Builder builder = new Builder(name, arguments, folder);
        builder.machine();
        builder.console();
        builder.disks();
        builder.others();
        return builder.build();
    }

    private static final class Builder {
        private final String name;
        private final Arguments arguments;
        private final Path folder;
        private final List<Configs.Entry> entries = new ArrayList<>();
        private final List<String> devices = new ArrayList<>();
        private final List<String> newBackends = new ArrayList<>();
        private final List<String> usedBackends = new ArrayList<>();

        Builder(String name, Arguments arguments, Path folder) {
            this.name = name;
            this.arguments = arguments;
            this.folder = folder;
        }

        MachinePlan build() {
            return new MachinePlan(
                    name,
                    List.copyOf(entries),
                    List.copyOf(devices),
                    List.copyOf(newBackends),
                    List.copyOf(usedBackends));
        }

        void machine() {
            Map<String, Object> properties = new TreeMap<>();
            properties.put("name", name);
            properties.put("kernel", file("--kernel"));
            text(properties, "memory", "--memory");
            arguments.number("--cpus", 1, 255).ifPresent(n -> properties.put("cpus", n));
            text(properties, "engine", "--engine");
            text(properties, "irqchip", "--irqchip");
            text(properties, "cmdline", "--cmdline");
            text(properties, "cpuModel", "--cpu-model");
            text(properties, "onReset", "--on-reset");
            words(properties, "cpuRemove", "--cpu-remove");
            words(properties, "cpuAdd", "--cpu-add");
            if (arguments.value("--initrd").isPresent()) {
                properties.put("initrd", file("--initrd"));
            }
            List<String> modules = arguments.values("--module").stream().map(this::module).toList();
            if (!modules.isEmpty()) {
                properties.put("modules", modules.toArray(String[]::new));
            }
            properties.put("ecam", arguments.flag("--ecam"));
            properties.put("autostart", arguments.flag("--autostart"));
            add(Machine.PID, name, properties);
        }

        void console() {
            String id = name + ".console";
            Map<String, Object> properties = new TreeMap<>();
            properties.put("id", id);
            arguments
                    .value("--log")
                    .ifPresent(l -> properties.put("logFile", folder.resolve(l).toString()));
            add("org.interposer.backend.character.console", id, properties);
            device("serial", "serial0", Map.of("console", id));
        }

        void disks() {
            List<String> disks = arguments.values("--disk");
            for (int i = 0; i < disks.size(); i++) {
                String device = "disk" + i;
                DiskSpec disk = DiskSpec.parse(disks.get(i), name + "." + device, folder);
                if (newBackends.contains(disk.backendId())
                        || usedBackends.contains(disk.backendId())) {
                    throw new IllegalArgumentException(
                            "two disks have the back-end '"
                                    + disk.backendId()
                                    + "'; give one another id");
                }
                disk.backend()
                        .ifPresentOrElse(
                                b -> {
                                    add(b.factoryPid(), b.name(), b.properties());
                                    newBackends.add(disk.backendId());
                                },
                                () -> usedBackends.add(disk.backendId()));
                Map<String, Object> properties = new TreeMap<>();
                properties.put("chain", new String[] {disk.backendId()});
                arguments.number("--queues", 1, 64).ifPresent(n -> properties.put("queues", n));
                device("virtio.blk", device, properties);
            }
        }

        void others() {
            device("i8042", "i8042", Map.of());
            if (!arguments.flag("--no-rng")) {
                device("virtio.rng", "rng0", Map.of());
            }
            if (arguments.flag("--debug-exit")) {
                device("debug", "debug0", Map.of("console", name + ".console"));
            }
        }

        private void device(String kind, String id, Map<String, Object> more) {
            Map<String, Object> properties = new TreeMap<>(more);
            properties.put("machine", name);
            properties.put("id", id);
            add(FRONTEND + kind, name + "." + id, properties);
            devices.add(id);
        }

        private void add(String pid, String entry, Map<String, Object> properties) {
            Map<String, Object> owned = new TreeMap<>(properties);
            owned.put(Configs.OWNER, name);
            entries.add(new Configs.Entry(pid, entry, owned));
        }

        private void text(Map<String, Object> properties, String key, String option) {
            arguments.value(option).ifPresent(v -> properties.put(key, v));
        }

        private void words(Map<String, Object> properties, String key, String option) {
            arguments.value(option).ifPresent(v -> properties.put(key, v.split("\\s*,\\s*")));
        }

        private String file(String option) {
            String value =
                    arguments
                            .value(option)
                            .orElseThrow(() -> arguments.wrong(option + " FILE is missing"));
            return readable(option, value).toString();
        }

        private Path readable(String option, String value) {
            Path path = folder.resolve(value).normalize();
            if (!Files.isRegularFile(path) || !Files.isReadable(path)) {
                throw new IllegalArgumentException(
                        option + ": " + path + " is not a file that can be read");
            }
            return path;
        }

        private String module(String text) {
            String[] parts = text.trim().split("\\s+", 2);
            return readable("--module", parts[0]) + (parts.length > 1 ? " " + parts[1] : "");
        }
    }
}
