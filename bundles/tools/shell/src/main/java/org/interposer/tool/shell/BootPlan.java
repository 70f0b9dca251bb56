package org.interposer.tool.shell;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The command line of {@code ./interposer boot}, and the machine it describes. */
final class BootPlan {
    /** Its name while it runs. */
    static final String NAME = "boot";

    private static final String COMMAND =
            Optional.ofNullable(System.getenv("INTERPOSER_COMMAND"))
                    .map(me -> me + " boot")
                    .orElse("vm:boot");

    static final Usage USAGE =
            MachinePlan.hardware(
                            Usage.of(
                                    COMMAND,
                                    "",
                                    "Runs one machine in the foreground; its exit status is the"
                                            + " guest's."))
                    .option("--serial", "WHERE", "stdio, file:PATH or none (stdio)")
                    .option("--timeout", "SECONDS", "stops the guest after that time")
                    .option(
                            "--trace",
                            "FILE[:WHAT]",
                            "writes what the guest does to FILE: instructions, exceptions, io"
                                    + " (exceptions,io); see vm:trace")
                    .option(
                            "--gdb",
                            "PORT",
                            "waits before the guest's first instruction for a gdb on this TCP port"
                                    + " of localhost")
                    .option("--trace-limit", "N", "events after which that ends (1000000)")
                    .flag(
                            "--exits",
                            "tells in the end how long the guest ran, and the engine's exits by"
                                    + " cause")
                    .option(
                            "--on-reset",
                            "WHAT",
                            "what a reset by the guest does: reboot or stop" + " (stop)");

    private static final List<String> NOTES =
            List.of(
                    "",
                    "Standard input goes to the serial port, its output to standard output, byte by"
                            + " byte; so does what",
                    "the guest writes to the debug console (port 0xe9). On a terminal every key is"
                            + " the guest's, Ctrl-C",
                    "too, but for Ctrl-], which ends the machine. Messages of Interposer go to"
                            + " standard error.",
                    "--module takes its arguments also as further words: --module initrd.img a b.",
                    "",
                    "Exit status:",
                    "  0            the guest powered off (or reset, with --on-reset stop)",
                    "  (V << 1) | 1 the guest wrote V to port 0xf4",
                    "  124          --timeout was over",
                    "  125          Interposer could not run it; one line says why",
                    "  126          the guest crashed, as by a triple fault; its registers are"
                            + " printed",
                    "  130          ended by Ctrl-], Ctrl-C, or because standard output was"
                            + " closed");

    /**
     * Where the serial port goes.
     *
     * @param console id of the back-end, empty for no serial port
     * @param file the file, if it is one
     */
    record Serial(Optional<String> console, Optional<Path> file) {}

    private BootPlan() {}

    static String help() {
        return USAGE.help() + "\n" + String.join("\n", NOTES);
    }

    /** Joins {@code --module FILE ARG...} to the one word it is for {@code vm:create}. */
    static String[] joined(String... words) {
        List<String> joined = new ArrayList<>();
        for (int i = 0; i < words.length; i++) {
            joined.add(words[i]);
            if (words[i].equals("--module") && i + 1 < words.length) {
                StringBuilder module = new StringBuilder(words[++i]);
                while (i + 1 < words.length && !words[i + 1].startsWith("-")) {
                    module.append(' ').append(words[++i]);
                }
                joined.add(module.toString());
            }
        }
        return joined.toArray(String[]::new);
    }

    static Serial serial(Arguments arguments, Path folder) {
        String where = arguments.value("--serial").orElse("stdio");
        if (where.startsWith("file:") && where.length() > 5) {
            Path file = folder.resolve(where.substring(5)).normalize();
            return new Serial(Optional.of("boot.file"), Optional.of(file));
        }
        return switch (where) {
            case "stdio" -> new Serial(Optional.of("boot.stdio"), Optional.empty());
            case "none" -> new Serial(Optional.empty(), Optional.empty());
            default ->
                    throw arguments.wrong(
                            "--serial is '" + where + "'; it is stdio, file:PATH or none");
        };
    }

    static MachinePlan of(
            Arguments arguments, Path folder, Optional<String> serial, DeviceKinds kinds) {
        PlanBuilder builder = new PlanBuilder(NAME, arguments, folder, kinds);
        builder.preset("onReset", "stop");
        builder.machine();
        serial.ifPresent(builder::serial);
        builder.disks();
        builder.debug("boot.stdio");
        builder.others();
        return builder.build();
    }
}
