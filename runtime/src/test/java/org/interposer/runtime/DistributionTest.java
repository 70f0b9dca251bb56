package org.interposer.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.interposer.runtime.Distribution.Part;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DistributionTest {
    @TempDir Path home;

    @Test
    void aBundleStartsAtTheLevelItsFolderNamesAndLibrariesAndFragmentsDoNotStart()
            throws IOException {
        Path early = jar("system/05/log.jar", null);
        Path late = jar("system/30/drop.jar", null);
        Path library = jar("system/lib/parts.jar", null);
        Path fragment = jar("bundles/a.jar", "org.example.host");
        Path ours = jar("bundles/b.jar", null);
        List<Part> expected =
                List.of(
                        new Part(early, 5, true),
                        new Part(late, 30, true),
                        new Part(library, 20, false),
                        new Part(fragment, 20, false),
                        new Part(ours, 20, true));
        assertEquals(expected, new Distribution(home).parts());
    }

    @Test
    void placeholdersStandForTheTwoFoldersAndASystemPropertyWins() throws IOException {
        Files.createDirectories(home.resolve("etc"));
        Files.writeString(
                home.resolve("etc/framework.properties"),
                "drop = ${interposer.home}/deploy\nkept = ${interposer.state}/config\n"
                        + "interposer.test.level = 1\n");
        System.setProperty("interposer.test.level", "4");
        try {
            Map<String, String> expected =
                    Map.of(
                            "drop", home + "/deploy",
                            "kept", "/state/config",
                            "interposer.test.level", "4");
            assertEquals(
                    expected, new Distribution(home).frameworkConfiguration(Path.of("/state")));
        } finally {
            System.clearProperty("interposer.test.level");
        }
    }

    private Path jar(String name, String fragmentHost) throws IOException {
        Path file = home.resolve(name);
        Files.createDirectories(file.getParent());
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        if (fragmentHost != null) {
            manifest.getMainAttributes().putValue("Fragment-Host", fragmentHost);
        }
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(file), manifest)) {
            out.finish();
        }
        return file;
    }
}
