package org.interposer.tool.shell;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

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
            hardware(Usage.of("vm:create", "NAME", "Creates a machine with its devices."))
                    .option("--on-reset", "WHAT", "reboot or stop (reboot)")
                    .option("--log", "FILE", "file that the console's output is appended to")
                    .flag("--debug-exit", "isa-debug-exit (0xf4) and debug console (0xe9)")
                    .flag("--autostart", "starts with the container")
                    .flag("--start", "starts it at once");

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    /** The options that describe a machine, whichever command makes it. */
    static Usage hardware(Usage usage) {
        return usage.option("--kernel", "FILE", "bzImage, ELF with PVH note, or multiboot 1 image")
                .option("--initrd", "FILE", "initial RAM disk")
                .option("--cmdline", "TEXT", "kernel command line")
                .option("--module", "'FILE ARGS'", "PVH or multiboot module; may be repeated")
                .option("--memory", "SIZE", "RAM (512M)")
                .option("--cpus", "N", "vCPUs (1)")
                .option("--engine", "NAME", "auto, kvm, softcpu (auto)")
                .option("--irqchip", "MODE", "auto, kernel, split, user (auto)")
                .option("--cpu-model", "MODEL", "host or v2 (host)")
                .option("--cpu-remove", "A,B", "CPU features to hide")
                .option("--cpu-add", "A,B", "CPU features to add")
                .option("--disk", "DISK", DiskSpec.FORM + "; may be repeated")
                .option("--queues", "N", "queues of each disk")
                .option("--device", "DEVICE", DeviceSpec.FORM + "; may be repeated")
                .flag("--ecam", "memory-mapped PCI configuration")
                .flag("--no-rng", "no random number generator");
    }

    /**
     * Reads the command line.
     *
     * @throws IllegalArgumentException naming what is wrong
     */
    static MachinePlan of(Arguments arguments, Path folder, DeviceKinds kinds) {
        String name = arguments.operand(0);
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "'"
                            + name
                            + "' cannot be the name of a machine: use letters, digits, dot, dash"
                            + " and underscore, at most 64");
        }
        PlanBuilder builder = new PlanBuilder(name, arguments, folder, kinds);
        builder.machine();
        builder.console();
        builder.disks();
        builder.others();
        if (arguments.flag("--debug-exit")) {
            builder.debug(name + ".console");
        }
        return builder.build();
    }
}
