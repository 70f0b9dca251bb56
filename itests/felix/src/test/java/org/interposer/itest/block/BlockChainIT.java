package org.interposer.itest.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.interposer.api.block.BlockBackendProvider;
import org.interposer.api.block.BlockInterposerProvider;
import org.interposer.api.block.BlockPort;
import org.interposer.api.block.BlockPortControl;
import org.interposer.api.block.BlockPortFactory;
import org.interposer.api.block.PortPolicy;
import org.interposer.api.block.PortSpec;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.memory.GuestMemoryFactory;
import org.interposer.itest.Felix;
import org.interposer.itest.FromContainer;
import org.interposer.itest.InFelix;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

/** A chain of real stages under load while the bundles of its stages come, go and change. */
@InFelix
class BlockChainIT {
    private static final String FILE = "org.interposer.backend.block.file";
    private static final String METER = "org.interposer.interposer.block.meter";
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @TempDir Path folder;
    @FromContainer private BundleContext context;
    @FromContainer private ConfigurationAdmin configurations;
    @FromContainer private BlockPortFactory ports;
    @FromContainer private GuestMemoryFactory memories;

    @Test
    void noBlockIsLostOrWrongWhileStagesAreSwappedStoppedAndUpdated() throws Exception {
        Path first = folder.resolve("first.img");
        Path second = folder.resolve("second.img");
        configure(FILE, Map.of("id", "f1", "path", first.toString(), "create", true, "size", "1M"));
        configure(FILE, Map.of("id", "f2", "path", second.toString()));
        configure(METER, Map.of("id", "m1"));
        try (GuestMemory memory = memories.create("itest", 1 << 20);
                BlockPort port = open("f1")) {
            DiskLoad load = new DiskLoad(port, memory, 16);
            load.start();
            BlockPortControl control = control();
            for (int round = 0; round < 3; round++) {
                control.insert("m1", 0);
                await(load);
                move(control, first, second, "f1", "f2");
                await(load);
                update(FILE);
                await(load);
                Bundle meter = Felix.bundle(context, METER);
                meter.stop();
                assertEquals("waiting for 'm1'", control.status().hold().orElse(""));
                meter.start();
                await(load);
                control.remove("m1");
                Felix.bundle(context, FILE).stop();
                assertEquals("waiting for 'f2'", control.status().hold().orElse(""));
                Felix.bundle(context, FILE).start();
                await(load);
                move(control, second, first, "f2", "f1");
                await(load);
            }
            assertEquals(List.of(), load.stop());
            assertEquals(0, control.status().failed());
        }
    }

    @Test
    void theOldClassesOfAnUpdatedBackendAndInterposerAreCollected() throws Exception {
        Path image = folder.resolve("collect.img");
        configure(FILE, Map.of("id", "c1", "path", image.toString(), "create", true, "size", "1M"));
        configure(METER, Map.of("id", "m2"));
        try (GuestMemory memory = memories.create("itest", 1 << 20);
                BlockPort port = open("m2", "c1")) {
            DiskLoad load = new DiskLoad(port, memory, 8);
            load.start();
            await(load);
            for (String name : List.of(FILE, METER)) {
                WeakReference<ClassLoader> old = loader(name);
                update(name);
                await(load);
                Felix.await(
                        LIMIT,
                        "the old class loader of " + name + " is collected",
                        () -> {
                            System.gc();
                            return old.get() == null;
                        });
            }
            assertEquals(List.of(), load.stop());
        }
    }

    /** The container remembers configurations of earlier runs. */
    @BeforeEach
    void forgetConfigurations() throws Exception {
        Configuration[] all = configurations.listConfigurations("(id=*)");
        for (Configuration c : all == null ? new Configuration[0] : all) {
            c.delete();
        }
        Felix.await(
                LIMIT,
                "no stage is configured",
                () ->
                        context.getServiceReferences(BlockBackendProvider.class, null).isEmpty()
                                && context.getServiceReferences(BlockInterposerProvider.class, null)
                                        .isEmpty());
    }

    private WeakReference<ClassLoader> loader(String name) {
        Bundle bundle = Felix.bundle(context, name);
        return new WeakReference<>(bundle.adapt(BundleWiring.class).getClassLoader());
    }

    private BlockPort open(String... chain) throws Exception {
        return ports.open(new PortSpec("itest", "vda", List.of(chain), PortPolicy.DEFAULT));
    }

    private BlockPortControl control() {
        return context.getService(context.getServiceReference(BlockPortControl.class));
    }

    private static void await(DiskLoad load) throws Exception {
        long before = load.completed();
        Felix.await(LIMIT, "the load goes on", () -> load.completed() > before + 100);
    }

    private static void move(
            BlockPortControl control, Path from, Path to, String stage, String successor)
            throws Exception {
        control.hold();
        try {
            Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
            control.replace(stage, successor);
        } finally {
            control.release();
        }
        assertTrue(control.status().hold().isEmpty());
    }

    private void configure(String pid, Map<String, Object> values) throws Exception {
        configurations.createFactoryConfiguration(pid, "?").update(new Hashtable<>(values));
    }

    private void update(String name) throws Exception {
        Bundle bundle = Felix.bundle(context, name);
        Felix.update(bundle);
        CountDownLatch refreshed = new CountDownLatch(1);
        context.getBundle(0)
                .adapt(FrameworkWiring.class)
                .refreshBundles(
                        List.of(bundle),
                        event -> {
                            if (event.getType() == FrameworkEvent.PACKAGES_REFRESHED) {
                                refreshed.countDown();
                            }
                        });
        assertTrue(refreshed.await(20, TimeUnit.SECONDS), "refresh of " + name);
    }
}
