package org.interposer.itest.karaf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The feature repository in a stock Karaf. */
class FeatureIT {
    private static final int LAST_JAVA = 17;
    private static final Pattern BUNDLE =
            Pattern.compile("mvn:org\\.interposer/(org\\.[a-z0-9.]+)/");

    private final Path features = Path.of(System.getProperty("features.target"));
    private final Path stock = Path.of(System.getProperty("karaf.home"));
    private final Path fetched = Path.of(System.getProperty("local.repository"));
    @TempDir Path folder;

    @Test
    void theFeatureInstallsAndAllItsBundlesBecomeActive() throws Exception {
        int java = Runtime.version().feature();
        assumeTrue(
                java <= LAST_JAVA, "Karaf 4.4.10 does not run on Java " + java + ", only up to 17");
        Path repository = features.resolve("feature/feature.xml");
        try (StockKaraf karaf =
                StockKaraf.start(
                        stock, folder.resolve("karaf"), features.resolve("repository"), fetched)) {
            karaf.run("feature:repo-add " + repository.toUri());
            karaf.run("feature:install interposer");
            String list = karaf.run("bundle:list -t 0 -s --no-format");
            assertEquals(bundlesOf(repository), activeBundles(list), list);
            assertTrue(karaf.run("vm:list").contains("no machines"), "our commands work there");
        }
    }

    private static Set<String> bundlesOf(Path repository) throws Exception {
        Set<String> names = new TreeSet<>();
        Matcher matcher = BUNDLE.matcher(Files.readString(repository));
        while (matcher.find()) {
            names.add(matcher.group(1));
        }
        assertTrue(names.size() > 1, "no bundles of ours in " + repository);
        return names;
    }

    /** Of lines such as {@code 60 Active 80 0.1.0.SNAPSHOT org.interposer.api}. */
    private static Set<String> activeBundles(String list) {
        Set<String> names = new TreeSet<>();
        for (String line : list.lines().toList()) {
            List<String> columns = List.of(line.strip().split("\\s+"));
            String name = columns.get(columns.size() - 1);
            if (name.startsWith("org.interposer.") && columns.contains("Active")) {
                names.add(name);
            }
        }
        return names;
    }
}
