package org.interposer.tool.shell;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A device as {@code --device} writes it: {@code KIND[,KEY=VALUE...]}.
 *
 * @param kind its kind
 * @param id its id
 * @param properties the other keys of its configuration
 */
record DeviceSpec(String kind, String id, Map<String, Object> properties) {
    static final String FORM = "KIND[,id=ID][,KEY=VALUE...]";

    /**
     * Reads a device.
     *
     * @param taken ids that other devices have
     * @throws IllegalArgumentException naming what is wrong with it
     */
    static DeviceSpec parse(
            String text, Map<String, Types.Type> kinds, Collection<String> taken, Path folder) {
        List<String> words = Arrays.asList(text.split(","));
        String kind = words.get(0);
        Types.Type type = kinds.get(kind);
        if (type == null) {
            throw new IllegalArgumentException(
                    String.format(
                            "--device '%s': there is no such kind of device; %s%s",
                            text, Names.list(kinds.keySet()), Names.nearest(kind, kinds.keySet())));
        }
        Map<String, Object> properties =
                new TreeMap<>(Types.properties(type, words.subList(1, words.size()), folder));
        if (properties.containsKey("machine")) {
            throw new IllegalArgumentException(
                    "--device '" + text + "': the machine is the one that is being made");
        }
        Object given = properties.remove("id");
        String id = given == null ? free(kind, taken) : given.toString();
        if (taken.contains(id)) {
            throw new IllegalArgumentException(
                    "--device '" + text + "': the id '" + id + "' is taken; give it another id");
        }
        return new DeviceSpec(kind, id, properties);
    }

    private static String free(String kind, Collection<String> taken) {
        int number = 0;
        while (taken.contains(kind + number)) {
            number++;
        }
        return kind + number;
    }
}
