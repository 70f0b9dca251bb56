package org.interposer.tool.shell;

import java.util.Map;
import java.util.TreeMap;
import org.interposer.api.machine.MachineInfo;

/** A machine's engine exits by cause, the most frequent first. */
final class ExitTable {
    private static final String PREFIX = "exits.";

    private ExitTable() {}

    static String of(MachineInfo info) {
        Table table = new Table("EXIT", "COUNT");
        counts(info).entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .forEach(e -> table.row(e.getKey(), e.getValue().toString()));
        return table.isEmpty() ? "no exits yet\n" : table.toString();
    }

    private static Map<String, Long> counts(MachineInfo info) {
        Map<String, Long> counts = new TreeMap<>();
        info.counters()
                .forEach(
                        (name, count) -> {
                            if (name.startsWith(PREFIX)) {
                                counts.put(name.substring(PREFIX.length()), count);
                            }
                        });
        return counts;
    }
}
