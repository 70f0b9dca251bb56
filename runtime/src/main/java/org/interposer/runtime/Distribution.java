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
 * start at level {@value #BUNDLES_LEVEL}; {@code etc/framework.properties} configures the
 * framework.
 */
final class Distribution {
    private static final int BUNDLES_LEVEL = 20;
    private static final String LIBRARIES = "lib";
    private static final String PLACEHOLDER_HOME = "${interposer.home}";
    private static final String PLACEHOLDER_STATE = "${interposer.state}";

    private final Path home;

    Distribution(Path home) {
        this.home = home;
    }

    /**
     * Reads {@code etc/framework.properties}; a system property of the same name wins.
     *
     * @throws IOException when the file cannot be read
     */
    Map<String, String> frameworkConfiguration(StateDirectory state) throws IOException {
        Properties file = new Properties();
        try (Reader reader = Files.newBufferedReader(home.resolve("etc/framework.properties"))) {
            file.load(reader);
        }
        Map<String, String> configuration = new HashMap<>();
        for (String key : file.stringPropertyNames()) {
            String value =
                    file.getProperty(key)
                            .replace(PLACEHOLDER_HOME, home.toString())
                            .replace(PLACEHOLDER_STATE, state.path().toString());
            configuration.put(key, System.getProperty(key, value));
            // Some bundles look at system properties only.
            System.setProperty(key, configuration.get(key));
        }
        configuration.put(Constants.FRAMEWORK_STORAGE, state.resolve("cache").toString());
        // What must last is in etc, deploy and the state folder; a cache kept from another build
        // would only ever be wrong.
        configuration.put(
                Constants.FRAMEWORK_STORAGE_CLEAN, Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT);
        return configuration;
    }

    /**
     * Installs every bundle and marks it to be started at its level.
     *
     * @throws IOException when a folder or jar cannot be read
     * @throws BundleException when a jar is not a bundle
     */
    void install(BundleContext context) throws IOException, BundleException {
        for (Path folder : list(home.resolve("system"))) {
            String name = folder.getFileName().toString();
            if (name.equals(LIBRARIES)) {
                installAll(context, folder);
            } else {
                startAll(installAll(context, folder), Integer.parseInt(name));
            }
        }
        startAll(installAll(context, home.resolve("bundles")), BUNDLES_LEVEL);
    }

    private static List<Bundle> installAll(BundleContext context, Path folder)
            throws IOException, BundleException {
        List<Bundle> bundles = new ArrayList<>();
        for (Path jar : list(folder)) {
            bundles.add(context.installBundle(jar.toUri().toString()));
        }
        return bundles;
    }

    private static void startAll(List<Bundle> bundles, int level) throws BundleException {
        for (Bundle bundle : bundles) {
            bundle.adapt(BundleStartLevel.class).setStartLevel(level);
            boolean fragment = bundle.getHeaders("").get(Constants.FRAGMENT_HOST) != null;
            if (!fragment) {
                bundle.start(Bundle.START_ACTIVATION_POLICY);
            }
        }
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }
}
