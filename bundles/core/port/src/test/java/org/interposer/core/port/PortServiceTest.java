package org.interposer.core.port;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.atomic.AtomicReference;
import org.interposer.api.block.BlockBackend;
import org.interposer.api.block.BlockBackendProvider;
import org.interposer.api.block.BlockOperation;
import org.interposer.api.block.BlockPort;
import org.interposer.api.block.BlockPortControl;
import org.interposer.api.block.PortPolicy;
import org.interposer.api.block.PortSpec;
import org.interposer.api.block.TestDisk;
import org.interposer.api.block.TestRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;

/** The port over the service registry of a real framework. */
class PortServiceTest {
    @TempDir private Path cache;
    private Framework framework;
    private BundleContext context;
    private PortService service;
    private final AtomicReference<TestDisk> disk = new AtomicReference<>();

    @BeforeEach
    void start() throws Exception {
        FrameworkFactory factory =
                ServiceLoader.load(FrameworkFactory.class).findFirst().orElseThrow();
        framework = factory.newFramework(Map.of("org.osgi.framework.storage", cache.toString()));
        framework.start();
        context = framework.getBundleContext();
        service = new PortService(context);
    }

    @AfterEach
    void stop() throws Exception {
        framework.stop();
        framework.waitForStop(10_000);
    }

    private ServiceRegistration<BlockBackendProvider> register(String id) {
        BlockBackendProvider provider =
                new BlockBackendProvider() {
                    @Override
                    public String id() {
                        return id;
                    }

                    @Override
                    public String describe() {
                        return id;
                    }

                    @Override
                    public BlockBackend open() {
                        disk.set(new TestDisk(64, false));
                        return disk.get();
                    }
                };
        Hashtable<String, Object> properties = new Hashtable<>(Map.of("id", id));
        return context.registerService(BlockBackendProvider.class, provider, properties);
    }

    private static PortSpec spec(String... chain) {
        return new PortSpec("demo", "vda", List.of(chain), PortPolicy.DEFAULT);
    }

    private static boolean admits(BlockPort port) {
        TestRequest r = new TestRequest(1);
        boolean admitted = port.submit(r.start(BlockOperation.FLUSH, 0, 0));
        port.kick();
        return admitted;
    }

    @Test
    void letsGoOfAStageBeforeItsUnregistrationReturns() throws Exception {
        ServiceRegistration<BlockBackendProvider> a = register("a");
        BlockPort port = service.open(spec("a"));
        assertTrue(admits(port));
        TestDisk used = disk.get();
        a.unregister();
        assertTrue(used.closed());
        assertFalse(admits(port));
        register("a");
        PortBench.eventually("the stage is back", () -> admits(port));
        service.deactivate();
        assertTrue(disk.get().closed());
    }

    @Test
    void waitsForAStageThatComesALittleLate() throws Exception {
        Thread late =
                new Thread(
                        () -> {
                            try {
                                Thread.sleep(200);
                            } catch (InterruptedException e) {
                                return;
                            }
                            register("late");
                        });
        late.start();
        BlockPort port = service.open(spec("late"));
        assertTrue(admits(port));
        late.join();
        port.close();
    }

    @Test
    void publishesItsControlWhileThePortIsOpen() throws Exception {
        register("a");
        register("b");
        BlockPort port = service.open(spec("a"));
        ServiceReference<BlockPortControl> reference =
                context.getServiceReference(BlockPortControl.class);
        assertNotNull(reference);
        assertEquals("demo", reference.getProperty(BlockPortControl.MACHINE));
        assertEquals("vda", reference.getProperty(BlockPortControl.DEVICE));
        BlockPortControl control = context.getService(reference);
        assertEquals(List.of("b"), service.swap(Map.of(control, List.of("b"))).get(0).after());
        port.close();
        assertNull(context.getServiceReference(BlockPortControl.class));
    }

    @Test
    void namesTheStageThatIsMissing() {
        register("a");
        String message =
                assertThrows(IOException.class, () -> service.open(spec("none", "a"))).getMessage();
        assertTrue(message.contains("there is no stage 'none'"), message);
        assertTrue(message.contains("present: a"), message);
    }
}
