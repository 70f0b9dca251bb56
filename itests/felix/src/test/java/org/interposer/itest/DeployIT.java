package org.interposer.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

/** The drop folder: what is moved into it is deployed, what is deleted goes. */
@InFelix
class DeployIT {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final String DROPPED = "org.example.dropped";

    @FromContainer private BundleContext context;
    @FromContainer private ConfigurationAdmin configurations;

    private Path dropFolder() {
        return Path.of(context.getProperty("felix.fileinstall.dir"));
    }

    @Test
    void aJarThatIsDroppedStartsAndGoesWhenItIsDeleted() throws Exception {
        Path jar = dropFolder().resolve("dropped.jar");
        Path made = jar.resolveSibling("../dropped.jar.part").normalize();
        writeBundle(made);
        Files.move(made, jar, StandardCopyOption.ATOMIC_MOVE);
        Felix.await(LIMIT, "the dropped bundle is active", () -> states("Active") == 1);
        Files.delete(jar);
        Felix.await(LIMIT, "the dropped bundle is gone", () -> states("") == 0);
    }

    private long states(String wanted) {
        return Stream.of(context.getBundles())
                .filter(bundle -> DROPPED.equals(bundle.getSymbolicName()))
                .filter(bundle -> wanted.isEmpty() || bundle.getState() == Bundle.ACTIVE)
                .count();
    }

    private static void writeBundle(Path jar) throws IOException {
        Manifest manifest = new Manifest();
        Attributes main = manifest.getMainAttributes();
        main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        main.putValue("Bundle-ManifestVersion", "2");
        main.putValue("Bundle-SymbolicName", DROPPED);
        main.putValue("Bundle-Version", "1.0.0");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
            out.finish();
        }
    }

    @Test
    void aConfigurationThatIsDroppedReachesConfigAdminAndGoesWhenItIsDeleted() throws Exception {
        Path file = dropFolder().resolve("org.example.part-one.cfg");
        Path made = dropFolder().resolve("../one.cfg.part").normalize();
        Files.writeString(made, "size = 512M\n");
        Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
        Felix.await(LIMIT, "the configuration is there", () -> find() != null);
        assertEquals("512M", find()[0].getProperties().get("size"));
        Files.delete(file);
        Felix.await(LIMIT, "the configuration is gone", () -> find() == null);
    }

    private Configuration[] find() throws Exception {
        return configurations.listConfigurations("(service.factoryPid=org.example.part)");
    }
}
