package org.interposer.tool.shell;

import java.util.Comparator;

/** Which console belongs to a machine: what its configuration names, the serial line's first. */
final class MachineConsole {
    private MachineConsole() {}

    static String id(Configs configs, String machine) throws Exception {
        return configs
                .find("(&(machine=" + Configs.escaped(machine) + ")(id=*)(console=*))")
                .stream()
                .sorted(Comparator.comparing(c -> !c.getFactoryPid().endsWith(".serial")))
                .flatMap(c -> Configs.text(c, "console").stream())
                .filter(id -> !id.isEmpty())
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalStateException(
                                        "machine '"
                                                + machine
                                                + "' has no console: give it a serial port with"
                                                + " 'console' set"));
    }
}
