package org.interposer.tool.shell;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.interposer.api.machine.Machine;

/** Puts the configurations of a machine together from the options of a command. */
final class PlanBuilder {
    private static final String FRONTEND = "org.interposer.frontend.";

    private final String name;
    private final Arguments arguments;
    private final Path folder;
    private final List<Configs.Entry> entries = new ArrayList<>();
    private final List<String> devices = new ArrayList<>();
    private final List<String> newBackends = new ArrayList<>();
    private final List<String> usedBackends = new ArrayList<>();

    private final Map<String, Object> presets = new TreeMap<>();
    private final DeviceKinds kinds;

    PlanBuilder(String name, Arguments arguments, Path folder, DeviceKinds kinds) {
        this.name = name;
        this.arguments = arguments;
        this.folder = folder;
        this.kinds = kinds;
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
        Map<String, Object> properties = new TreeMap<>(presets);
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
            if (newBackends.contains(disk.backendId()) || usedBackends.contains(disk.backendId())) {
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
        for (String text : arguments.values("--device")) {
            DeviceSpec spec = DeviceSpec.parse(text, kinds.all(), devices, folder);
            device(spec.kind().replace('-', '.'), spec.id(), spec.properties());
        }
    }

    /** Debug console and exit, and what they print to. */
    void debug(String console) {
        device("debug", "debug0", Map.of("console", console));
    }

    /** A serial port that is connected to a character back-end that is there already. */
    void serial(String console) {
        device("serial", "serial0", Map.of("console", console));
    }

    /** A property that the command line does not set. */
    void preset(String key, Object value) {
        presets.put(key, value);
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
