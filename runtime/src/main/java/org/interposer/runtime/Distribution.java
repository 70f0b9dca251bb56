package org.interposer.runtime;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.startlevel.BundleStartLevel;

/**
 * The folders of a distribution and what the framework is told about them.
 *
 * <p>{@code system/NN} holds third-party bundles that start at level NN, {@code system/lib} those
 * that are only installed because others use their packages; {@code bundles} holds ours, which
 * start at level 20; {@code etc/framework.properties} configures the framework.
 */
public final class Distribution {
    private static final int BUNDLES_LEVEL = 20;
    private static final String LIBRARIES = "lib";
    private static final String PLACEHOLDER_HOME = "${interposer.home}";
    private static final String PLACEHOLDER_STATE = "${interposer.state}";

    private final Path home;

    /**
     * One bundle of the distribution.
     *
     * @param jar its file
     * @param level its start level
     * @param started whether it is started, or only there to be used
     */
    public record Part(Path jar, int level, boolean started) {}

    /**
     * A distribution that lies in a folder.
     *
     * @param home the folder that holds bin, bundles, etc and system
     */
    public Distribution(Path home) {
        this.home = home;
    }

    /**
     * Reads {@code etc/framework.properties}; a system property of the same name wins.
     *
     * @param state the folder that stands for {@code ${interposer.state}} in it
     * @return the properties for the framework
     * @throws IOException when the file cannot be read
     */
    public Map<String, String> frameworkConfiguration(Path state) throws IOException {
        Properties file = new Properties();
        try (Reader reader = Files.newBufferedReader(home.resolve("etc/framework.properties"))) {
            file.load(reader);
        }
        Map<String, String> configuration = new HashMap<>();
        for (String key : file.stringPropertyNames()) {
            String value =
                    file.getProperty(key)
                            .replace(PLACEHOLDER_HOME, home.toString())
                            .replace(PLACEHOLDER_STATE, state.toString());
            configuration.put(key, System.getProperty(key, value));
        }
        return configuration;
    }

    /**
     * Lists the bundles in the order they are installed in.
     *
     * @return every bundle of the distribution
     * @throws IOException when a folder or jar cannot be read
     */
    public List<Part> parts() throws IOException {
        List<Part> parts = new ArrayList<>();
        for (Path folder : list(home.resolve("system"))) {
            String name = folder.getFileName().toString();
            if (name.equals(LIBRARIES)) {
                list(folder).forEach(jar -> parts.add(new Part(jar, BUNDLES_LEVEL, false)));
            } else {
                addStarted(parts, folder, Integer.parseInt(name));
            }
        }
        addStarted(parts, home.resolve("bundles"), BUNDLES_LEVEL);
        return parts;
    }

    /** Installs every bundle and marks it to be started at its level. */
    void install(BundleContext context) throws IOException, BundleException {
        for (Part part : parts()) {
            Bundle bundle = context.installBundle(part.jar().toUri().toString());
            bundle.adapt(BundleStartLevel.class).setStartLevel(part.level());
            if (part.started()) {
                bundle.start(Bundle.START_ACTIVATION_POLICY);
            }
        }
    }

    private static void addStarted(List<Part> parts, Path folder, int level) throws IOException {
        for (Path jar : list(folder)) {
            parts.add(new Part(jar, level, !isFragment(jar)));
        }
    }

    private static boolean isFragment(Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile(), false)) {
            return file.getManifest().getMainAttributes().getValue(Constants.FRAGMENT_HOST) != null;
        }
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }
}
