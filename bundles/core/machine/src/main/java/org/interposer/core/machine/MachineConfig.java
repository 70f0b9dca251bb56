package org.interposer.core.machine;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/** Configuration of a machine. */
@ObjectClassDefinition(
        name = "Interposer machine",
        description = "A virtual machine. Changes count from its next start on.")
@interface MachineConfig {
    @AttributeDefinition(description = "Its name: letters, digits, dot, dash, underscore.")
    String name();

    @AttributeDefinition(description = "RAM, a multiple of 1 MiB, with the unit K, M or G.")
    String memory() default "512M";

    @AttributeDefinition(description = "Number of vCPUs.", min = "1", max = "255")
    int cpus() default 1;

    @AttributeDefinition(
            description = "Engine: auto takes the best that works on this host.",
            options = {
                @Option(label = "auto", value = "auto"),
                @Option(label = "kvm", value = "kvm"),
                @Option(label = "softcpu", value = "softcpu")
            })
    String engine() default "auto";

    @AttributeDefinition(
            description =
                    "Where the interrupt controllers are: auto takes what the engine prefers.",
            options = {
                @Option(label = "auto", value = "auto"),
                @Option(label = "kernel", value = "kernel"),
                @Option(label = "split", value = "split"),
                @Option(label = "user", value = "user")
            })
    String irqchip() default "auto";

    @AttributeDefinition(description = "File: bzImage, ELF with PVH note, or multiboot 1 image.")
    String kernel();

    @AttributeDefinition(description = "File: initial RAM disk.", required = false)
    String initrd() default "";

    @AttributeDefinition(description = "Kernel command line.", required = false)
    String cmdline() default "";

    @AttributeDefinition(
            description = "Multiboot or PVH modules: a file, a space, its arguments.",
            required = false)
    String[] modules() default {};

    @AttributeDefinition(description = "Memory-mapped PCI configuration space.")
    boolean ecam() default false;

    @AttributeDefinition(
            description = "CPU shown to the guest: host, or v2 for the portable x86-64-v2.",
            options = {
                @Option(label = "host", value = "host"),
                @Option(label = "v2", value = "v2")
            })
    String cpuModel() default "host";

    @AttributeDefinition(description = "CPU features to hide, Linux names.", required = false)
    String[] cpuRemove() default {};

    @AttributeDefinition(description = "CPU features to add, Linux names.", required = false)
    String[] cpuAdd() default {};

    @AttributeDefinition(description = "Start it as soon as its devices are there.")
    boolean autostart() default false;

    @AttributeDefinition(
            description = "What a reset by the guest does.",
            options = {
                @Option(label = "reboot", value = "reboot"),
                @Option(label = "stop", value = "stop")
            })
    String onReset() default "reboot";

    @AttributeDefinition(
            description =
                    "Seconds that a running machine waits for a device whose bundle was stopped,"
                            + " before it stops with an error; 0 waits for ever.",
            min = "0")
    int deviceReturnSeconds() default 0;
}
