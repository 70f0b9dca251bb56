package org.interposer.itest.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.interposer.api.character.Console;
import org.interposer.api.machine.Machine;
import org.interposer.api.machine.MachineOutcome;
import org.interposer.api.machine.MachineState;
import org.interposer.itest.Felix;
import org.interposer.itest.FromContainer;
import org.interposer.itest.InFelix;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

/** Real guests on /dev/kvm, in the distribution's Felix. */
@InFelix
class KvmGuestIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final MachineOutcome ALL_RIGHT = new MachineOutcome.GuestExit(33);

    @FromContainer private BundleContext context;
    @FromContainer private ConfigurationAdmin admin;
    @TempDir Path folder;

    private final List<Configuration> made = new ArrayList<>();

    @BeforeEach
    void kvmIsThere() {
        Felix.assumeKvm();
    }

    @AfterEach
    void allIsTakenAway() throws Exception {
        for (Configuration each : made) {
            each.delete();
        }
        Felix.await(LIMIT, "the machine is gone", () -> references(Machine.class).isEmpty());
    }

    private Machine machine(String guest, String parameters, String irqchip) throws Exception {
        Path kernel =
                Felix.home().resolve("../../../itests/guests/images/" + guest + ".elf").normalize();
        Map<String, Object> settings = new TreeMap<>();
        settings.put("name", "g");
        settings.put("engine", "kvm");
        settings.put("irqchip", irqchip);
        settings.put("memory", "128M");
        settings.put("kernel", kernel.toString());
        settings.put("cmdline", parameters);
        settings.put("onReset", "stop");
        configure(Machine.PID, settings);
        configure("org.interposer.backend.character.console", Map.of("id", "g.console"));
        configure(
                "org.interposer.frontend.debug",
                Map.of("machine", "g", "id", "debug0", "console", "g.console"));
        Felix.await(LIMIT, "the machine is there", () -> !references(Machine.class).isEmpty());
        return context.getService(references(Machine.class).get(0));
    }

    private void disk() throws Exception {
        Path image = folder.resolve("disk.img");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(64 << 20);
        }
        configure(
                "org.interposer.backend.block.file",
                Map.of("id", "g.disk0", "path", image.toString()));
        configure(
                "org.interposer.frontend.virtio.blk",
                Map.of("machine", "g", "id", "disk0", "chain", new String[] {"g.disk0"}));
    }

    private void configure(String pid, Map<String, Object> properties) throws Exception {
        Configuration each = admin.createFactoryConfiguration(pid, "?");
        each.update(new Hashtable<>(properties));
        made.add(each);
    }

    private <T> List<ServiceReference<T>> references(Class<T> type) throws Exception {
        return List.copyOf(context.getServiceReferences(type, null));
    }

    private String console() throws Exception {
        ServiceReference<Console> reference = references(Console.class).get(0);
        return new String(context.getService(reference).history(), StandardCharsets.US_ASCII);
    }

    private void endsWell(Machine machine) throws Exception {
        assertTrue(machine.awaitStopped(120, TimeUnit.SECONDS), "the guest does not end");
        assertEquals(ALL_RIGHT, machine.outcome(), this::consoleOrNothing);
    }

    private String consoleOrNothing() {
        try {
            return console();
        } catch (Exception e) {
            return e.toString();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"kernel", "split", "user"})
    void everyAccessOfTheGuestIsAnExitThatIsCounted(String irqchip) throws Exception {
        Machine machine = machine("exits", "n=100", irqchip);
        machine.start();
        endsWell(machine);
        Map<String, Long> counters = machine.info().counters();
        assertEquals(200, counters.get("exits.mmio-read"), counters.toString());
        assertTrue(counters.get("exits.pio-in") >= 200, counters.toString());
    }

    @Test
    void aVerifiedLoadSurvivesPausesAndTheUpdateOfItsFrontEndAndBackEnd() throws Exception {
        disk();
        Machine machine = machine("blkload", "seconds=6 hb_ms=200", "auto");
        machine.start();
        Felix.await(LIMIT, "load", () -> console().contains("progress=load"));
        for (int i = 0; i < 3; i++) {
            Thread.sleep(300);
            machine.pause();
            machine.resume();
        }
        Felix.update(Felix.bundle(context, "org.interposer.frontend.virtio.blk"));
        Felix.await(LIMIT, "it runs again", () -> machine.state() == MachineState.RUNNING);
        Thread.sleep(300);
        Felix.update(Felix.bundle(context, "org.interposer.backend.block.file"));
        endsWell(machine);
        assertTrue(console().contains("errors=0 mismatches=0 lost=0"), console());
    }

    @Test
    void aResetLoadsTheGuestAgainAndItBeginsAnew() throws Exception {
        Machine machine = machine("exits", "n=100000000", "auto");
        machine.start();
        Felix.await(LIMIT, "it runs", () -> starts() == 1);
        machine.reset();
        Felix.await(LIMIT, "it begins anew", () -> starts() == 2);
        machine.stop();
        assertEquals(new MachineOutcome.StoppedByCommand(), machine.outcome());
    }

    private long starts() throws Exception {
        return console().lines().filter(line -> line.startsWith("guest=exits")).count();
    }
}
