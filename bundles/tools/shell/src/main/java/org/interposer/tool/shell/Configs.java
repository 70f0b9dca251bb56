package org.interposer.tool.shell;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

/** Factory configurations as the commands use them. */
final class Configs {
    /** Property of a configuration that a command made for a machine: the machine's name. */
    static final String OWNER = "owner";

    /** One factory configuration to be made. */
    record Entry(String factoryPid, String name, Map<String, Object> properties) {}

    private final ConfigurationAdmin admin;

    Configs(ConfigurationAdmin admin) {
        this.admin = admin;
    }

    /** The configurations that fit a filter. */
    List<Configuration> find(String filter) throws IOException {
        try {
            Configuration[] found = admin.listConfigurations(filter);
            return found == null ? List.of() : List.of(found);
        } catch (InvalidSyntaxException e) {
            throw new IllegalArgumentException("'" + filter + "' is not a filter", e);
        }
    }

    /** Whether there is a configuration with this name. */
    boolean exists(Entry entry) throws IOException {
        return !find("(service.pid=" + entry.factoryPid() + "~" + escaped(entry.name()) + ")")
                .isEmpty();
    }

    /**
     * Makes all of them, or none.
     *
     * @throws IOException when one cannot be made; those made before are deleted
     */
    List<Configuration> create(List<Entry> entries) throws IOException {
        List<Configuration> made = new ArrayList<>();
        try {
            for (Entry entry : entries) {
                Configuration configuration =
                        admin.getFactoryConfiguration(entry.factoryPid(), entry.name(), "?");
                made.add(configuration);
                configuration.update(new Hashtable<>(entry.properties()));
            }
            return made;
        } catch (IOException | RuntimeException e) {
            delete(made);
            throw e;
        }
    }

    /** Deletes them, the last made first. */
    void delete(List<Configuration> configurations) throws IOException {
        for (int i = configurations.size() - 1; i >= 0; i--) {
            configurations.get(i).delete();
        }
    }

    /** Changes some properties. */
    static void set(Configuration configuration, Map<String, Object> changed) throws IOException {
        Dictionary<String, Object> properties = configuration.getProperties();
        changed.forEach(properties::put);
        configuration.updateIfDifferent(properties);
    }

    /** A property as text. */
    static Optional<String> text(Configuration configuration, String key) {
        return Optional.ofNullable(configuration.getProperties().get(key)).map(String::valueOf);
    }

    /** A property that is a list of words. */
    static List<String> words(Configuration configuration, String key) {
        Object value = configuration.getProperties().get(key);
        if (value instanceof String[] array) {
            return List.of(array);
        }
        return value == null ? List.of() : List.of(String.valueOf(value).split("\\s*,\\s*"));
    }

    /** A value as it may stand in a filter. */
    static String escaped(String value) {
        return value.replaceAll("([\\\\*()])", "\\\\$1");
    }
}
