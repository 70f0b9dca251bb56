package org.interposer.itest.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.IoBus;
import org.interposer.api.character.Console;
import org.interposer.api.engine.Engine;
import org.interposer.api.frontend.Frontend;
import org.interposer.api.machine.DeviceInfo;
import org.interposer.api.machine.Machine;
import org.interposer.api.machine.MachineOutcome;
import org.interposer.api.machine.MachineState;
import org.interposer.itest.Felix;
import org.interposer.itest.FromContainer;
import org.interposer.itest.InFelix;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

/** A machine of the real bundles on an engine that executes nothing: the test is the guest. */
@InFelix
class MachineIT {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final int SERIAL = 0x3f8, SCRATCH = 0x3ff, DEBUG_EXIT = 0xf4, RESET = 0xcf9;

    @FromContainer private BundleContext context;
    @FromContainer private ConfigurationAdmin admin;

    private final List<Configuration> made = new ArrayList<>();
    private PretendEngine engine;
    private ServiceRegistration<Engine> registration;
    private Machine machine;

    @BeforeEach
    void aMachineIsConfigured() throws Exception {
        engine = new PretendEngine();
        registration =
                context.registerService(
                        Engine.class, engine, new Hashtable<>(Map.of(Engine.NAME, "pretend")));
        Path kernel = Felix.home().resolve("../../../itests/guests/images/exits.elf").normalize();
        configure(
                Machine.PID,
                Map.of(
                        "name",
                        "m",
                        "engine",
                        "pretend",
                        "memory",
                        "32M",
                        "kernel",
                        kernel.toString()));
        configure("org.interposer.backend.character.console", Map.of("id", "c"));
        configure("org.interposer.frontend.serial", Map.of("machine", "m", "console", "c"));
        configure("org.interposer.frontend.i8042", Map.of("machine", "m", "id", "i8042"));
        configure("org.interposer.frontend.debug", Map.of("machine", "m", "id", "debug0"));
        Felix.await(LIMIT, "the machine is there", () -> !references(Machine.class).isEmpty());
        machine = context.getService(references(Machine.class).get(0));
    }

    @AfterEach
    void allIsTakenAway() throws Exception {
        for (Configuration each : made) {
            each.delete();
        }
        Felix.await(LIMIT, "the machine is gone", () -> references(Machine.class).isEmpty());
        registration.unregister();
    }

    private void configure(String pid, Map<String, Object> properties) throws Exception {
        Configuration each = admin.createFactoryConfiguration(pid, "?");
        each.update(new Hashtable<>(properties));
        made.add(each);
    }

    private <T> List<ServiceReference<T>> references(Class<T> type) throws Exception {
        return List.copyOf(context.getServiceReferences(type, null));
    }

    private IoBus bus() {
        return engine.spec.orElseThrow().bus();
    }

    private void out(int port, int value) {
        bus().write(AddressSpace.PORT, port, 1, value);
    }

    private int in(int port) {
        return (int) bus().read(AddressSpace.PORT, port, 1);
    }

    private String console() throws Exception {
        ServiceReference<Console> reference = references(Console.class).get(0);
        return new String(context.getService(reference).history(), StandardCharsets.US_ASCII);
    }

    private void print(String text) {
        text.chars().forEach(c -> out(SERIAL, c));
    }

    @Test
    void itsDevicesArePluggedInAndTheGuestsBytesReachTheConsole() throws Exception {
        machine.start();
        assertEquals(MachineState.RUNNING, machine.state());
        List<String> ids = machine.info().devices().stream().map(DeviceInfo::id).toList();
        assertTrue(ids.containsAll(List.of("debug0", "i8042", "serial0")), ids.toString());
        print("hello");
        assertEquals("hello", console());
        bus().write(AddressSpace.PORT, 0xcf8, 4, 0x8000_0000L);
        assertEquals(0x1237_8086L, bus().read(AddressSpace.PORT, 0xcfc, 4));
    }

    @Test
    void theGuestEndsItWithAStatus() throws Exception {
        machine.start();
        out(DEBUG_EXIT, 0x10);
        assertTrue(machine.awaitStopped(20, TimeUnit.SECONDS));
        assertEquals(new MachineOutcome.GuestExit(33), machine.outcome());
        machine.start();
        assertEquals(MachineState.RUNNING, machine.state());
    }

    @Test
    void theGuestResetsItThroughTheResetRegister() throws Exception {
        machine.start();
        out(SCRATCH, 0x77);
        out(RESET, 0x06);
        Felix.await(LIMIT, "a reset", () -> machine.info().counters().get("resets") == 1);
        assertEquals(0, in(SCRATCH));
        assertEquals(MachineState.RUNNING, machine.state());
    }

    @Test
    void aFrontEndsBundleIsUpdatedWhileItRunsAndItsOldClassesCanBeCollected() throws Exception {
        machine.start();
        out(SCRATCH, 0x5a);
        print("before ");
        Bundle serial = Felix.bundle(context, "org.interposer.frontend.serial");
        WeakReference<ClassLoader> old =
                new WeakReference<>(serial.adapt(BundleWiring.class).getClassLoader());
        Felix.update(serial);
        Felix.await(LIMIT, "it runs again", () -> machine.state() == MachineState.RUNNING);
        assertEquals(0x5a, in(SCRATCH));
        print("after");
        assertEquals("before after", console());
        Felix.await(
                LIMIT,
                "the old class loader is collected",
                () -> {
                    System.gc();
                    return old.get() == null;
                });
    }

    @Test
    void itStandsStillWhileAFrontEndsBundleIsStopped() throws Exception {
        machine.start();
        out(SCRATCH, 0x66);
        Bundle serial = Felix.bundle(context, "org.interposer.frontend.serial");
        serial.stop();
        assertEquals(MachineState.PAUSED, machine.state());
        assertEquals(0xff, in(SCRATCH));
        serial.start();
        Felix.await(LIMIT, "it runs again", () -> machine.state() == MachineState.RUNNING);
        assertEquals(0x66, in(SCRATCH));
    }

    @Test
    void everyDeviceSavesAStateThatItRestores() throws Exception {
        machine.start();
        machine.pause();
        for (ServiceReference<Frontend> reference : references(Frontend.class)) {
            Frontend device = context.getService(reference);
            var state = device.save();
            device.restore(state);
            assertEquals(state, device.save(), device.id());
        }
        machine.resume();
    }
}
