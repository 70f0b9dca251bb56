package org.interposer.tool.shell;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.interposer.api.config.Sizes;

/**
 * A disk as {@code --disk} writes it: {@code file:PATH}, {@code memory:SIZE} or {@code backend:ID},
 * then {@code ,id=ID}, {@code ,direct}, {@code ,readonly}.
 *
 * @param backendId id of its back-end
 * @param backend the back-end to make; empty when there is one with the id already
 */
record DiskSpec(String backendId, Optional<Configs.Entry> backend) {
    static final String FORM =
            "file:PATH[,id=ID][,direct][,readonly], memory:SIZE[,id=ID] or backend:ID";
    private static final String FILE_PID = "org.interposer.backend.block.file";
    private static final String MEMORY_PID = "org.interposer.backend.block.memory";

    /**
     * Reads a disk.
     *
     * @param defaultId id of its back-end unless it says another
     * @param folder what relative paths start from
     * @throws IllegalArgumentException naming what is wrong with it
     */
    static DiskSpec parse(String text, String defaultId, Path folder) {
        int colon = text.indexOf(':');
        if (colon < 1) {
            throw wrong(text, "it does not say what kind of disk it is");
        }
        List<String> parts = List.of(text.substring(colon + 1).split(",", -1));
        Map<String, String> options = options(text, parts.subList(1, parts.size()));
        String value = parts.get(0);
        String id = options.getOrDefault("id", defaultId);
        return switch (text.substring(0, colon)) {
            case "file" -> file(text, id, folder.resolve(value).normalize(), options);
            case "memory" -> memory(text, id, value, options);
            case "backend" -> existing(text, value, options);
            default -> throw wrong(text, "there is no such kind of disk");
        };
    }

    private static Map<String, String> options(String text, List<String> words) {
        Map<String, String> options = new TreeMap<>();
        for (String word : words) {
            String key = word.contains("=") ? word.substring(0, word.indexOf('=')) : word;
            if (!List.of("id", "direct", "readonly").contains(key)) {
                throw wrong(
                        text,
                        "'"
                                + word
                                + "' is not an option of a disk (a path with a comma: use"
                                + " backend:create, then --disk backend:ID)");
            }
            options.put(key, word.contains("=") ? word.substring(word.indexOf('=') + 1) : "");
        }
        return options;
    }

    private static DiskSpec file(String text, String id, Path path, Map<String, String> options) {
        if (!Files.exists(path)) {
            throw wrong(
                    text,
                    path + " does not exist; truncate -s 10G " + path + " makes an empty disk");
        }
        Map<String, Object> properties = new TreeMap<>();
        properties.put("id", id);
        properties.put("path", path.toString());
        properties.put("direct", options.containsKey("direct"));
        properties.put("readOnly", options.containsKey("readonly"));
        return new DiskSpec(id, Optional.of(new Configs.Entry(FILE_PID, id, properties)));
    }

    private static DiskSpec memory(
            String text, String id, String size, Map<String, String> options) {
        if (options.containsKey("direct") || options.containsKey("readonly")) {
            throw wrong(text, "direct and readonly are for files");
        }
        try {
            Sizes.parse(size);
        } catch (IllegalArgumentException e) {
            throw wrong(text, e.getMessage());
        }
        Map<String, Object> properties = new TreeMap<>();
        properties.put("id", id);
        properties.put("size", size);
        return new DiskSpec(id, Optional.of(new Configs.Entry(MEMORY_PID, id, properties)));
    }

    private static DiskSpec existing(String text, String id, Map<String, String> options) {
        if (!options.isEmpty()) {
            throw wrong(text, "a back-end that is there takes no options");
        }
        return new DiskSpec(id, Optional.empty());
    }

    private static IllegalArgumentException wrong(String text, String what) {
        return new IllegalArgumentException(
                "--disk '" + text + "': " + what + "; a disk is " + FORM);
    }
}
