package org.interposer.tool.shell;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import org.interposer.api.block.BlockBackendProvider;
import org.interposer.api.character.CharacterBackend;
import org.interposer.api.character.Console;
import org.interposer.api.frontend.Frontend;
import org.interposer.api.machine.DeviceInfo;
import org.interposer.api.machine.Machine;
import org.interposer.api.machine.MachineException;
import org.interposer.api.machine.MachineInfo;
import org.interposer.api.machine.MachineOutcome;
import org.interposer.api.machine.MachineState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;

@Timeout(60)
final class VmCommandsTest {
    @TempDir Path folder;
    private final FakeContainer container = new FakeContainer();
    private final List<String> calls = new ArrayList<>();
    private MachineState state = MachineState.DEFINED;
    private MachineOutcome outcome = new MachineOutcome.None();
    private List<DeviceInfo> devices = List.of();
    private String broken = "none";

    private final VmCommands vm =
            new VmCommands(
                    container::open,
                    new Configs(container.admin()),
                    new Failures(components()),
                    java.util.Map::of);
    private final VmWait waiting = new VmWait(container::open);

    /** Every component is known; the broken one tells why it failed. */
    private ServiceComponentRuntime components() {
        return FakeContainer.proxy(
                ServiceComponentRuntime.class,
                (name, arguments) -> {
                    if (name.equals("getComponentDescriptionDTOs")) {
                        ComponentDescriptionDTO all = new ComponentDescriptionDTO();
                        all.configurationPid =
                                new String[] {
                                    Machine.PID,
                                    "org.interposer.backend.character.console",
                                    "org.interposer.backend.block.memory",
                                    "org.interposer.frontend.serial",
                                    "org.interposer.frontend.i8042",
                                    "org.interposer.frontend.virtio.blk",
                                    "org.interposer.frontend.virtio.rng"
                                };
                        return List.of(all);
                    }
                    ComponentConfigurationDTO failed = new ComponentConfigurationDTO();
                    failed.properties = Map.of("service.pid", broken);
                    failed.failure =
                            "java.lang.reflect.InvocationTargetException\n"
                                + "\tat x\n"
                                + "Caused by: java.lang.IllegalArgumentException: bad queues 7\n"
                                + "\tat y";
                    return List.of(failed);
                });
    }

    /** What a container would bring up for a configuration. */
    private void bringUp(String pid) {
        String id = String.valueOf(container.configurations.get(pid).get("id"));
        if (pid.equals(broken)) {
            return;
        }
        Class<?> type = BlockBackendProvider.class;
        if (pid.startsWith(Machine.PID)) {
            container.services.add(machine("demo"));
            return;
        } else if (pid.contains(".frontend.")) {
            type = Frontend.class;
        } else if (pid.contains(".character.")) {
            type = CharacterBackend.class;
        }
        container.services.add(FakeContainer.proxy(type, (name, arguments) -> id));
    }

    private Machine machine(String name) {
        return FakeContainer.proxy(
                Machine.class,
                (method, arguments) ->
                        switch (method) {
                            case "name" -> name;
                            case "state" -> state;
                            case "outcome" -> outcome;
                            case "awaitStopped" -> state == MachineState.STOPPED;
                            case "info" ->
                                    new MachineInfo(
                                            "kvm",
                                            "",
                                            "split",
                                            512L << 20,
                                            2,
                                            0,
                                            devices,
                                            List.of(),
                                            List.of(),
                                            Map.of());
                            case "start" -> {
                                calls.add("start");
                                if (broken.equals("start")) {
                                    throw new MachineException("machine 'demo' cannot start");
                                }
                                state = MachineState.RUNNING;
                                yield null;
                            }
                            case "pressPowerButton" -> {
                                calls.add("pressPowerButton");
                                yield null;
                            }
                            default -> null;
                        });
    }

    private void create(String... more) throws Exception {
        container.folder = folder;
        container.updated = this::bringUp;
        Files.writeString(folder.resolve("k"), "k");
        List<String> words = new ArrayList<>(List.of("demo", "--kernel", "k"));
        words.addAll(List.of(more));
        vm.create(container.session(), words.toArray(String[]::new));
    }

    @Test
    void aCreatedMachineIsThereWithItsDevicesAndMayBeStartedAtOnce() throws Exception {
        create("--disk", "memory:1M", "--start");
        assertEquals(7, container.configurations.size());
        assertEquals(List.of("start"), calls);
        assertTrue(
                container.output().contains("demo: started with serial0, disk0, i8042, rng0"),
                container.output());
    }

    @Test
    void aDeviceThatFailsLeavesNothingBehindAndSaysWhy() {
        broken = "org.interposer.frontend.virtio.blk~demo.disk0";
        IllegalStateException e =
                assertThrows(IllegalStateException.class, () -> create("--disk", "memory:1M"));
        assertEquals("cannot create 'demo': bad queues 7", e.getMessage());
        assertTrue(container.configurations.isEmpty());
    }

    @Test
    void aMachineThatDoesNotStartIsNotCreatedEither() {
        broken = "start";
        IllegalStateException e =
                assertThrows(IllegalStateException.class, () -> create("--start"));
        assertEquals("machine 'demo' cannot start", e.getMessage());
        assertTrue(container.configurations.isEmpty());
    }

    @Test
    void aSecondMachineOfTheSameNameIsRefused() throws Exception {
        create();
        assertTrue(
                assertThrows(IllegalArgumentException.class, this::create)
                        .getMessage()
                        .contains("there is a machine 'demo' already"));
        assertEquals(5, container.configurations.size());
    }

    @Test
    void aMissingBundleIsNamed() {
        assertTrue(
                assertThrows(IllegalStateException.class, () -> create("--debug-exit"))
                        .getMessage()
                        .contains(
                                "no bundle takes configurations of org.interposer.frontend.debug"));
    }

    @Test
    void deletingTakesAllConfigurationsOfTheMachine() throws Exception {
        create("--disk", "memory:1M");
        container.services.clear();
        vm.delete(container.session(), "demo");
        assertTrue(container.configurations.isEmpty());
    }

    @Test
    void aRunningMachineIsDeletedOnlyByForce() throws Exception {
        create();
        state = MachineState.RUNNING;
        assertTrue(
                assertThrows(
                                IllegalStateException.class,
                                () -> vm.delete(container.session(), "demo"))
                        .getMessage()
                        .contains("'demo' is running; vm:stop it first"));
    }

    @Test
    void poweringDownPressesTheButtonAndDoesNotWait() throws Exception {
        container.services.add(machine("demo"));
        vm.powerdown(container.session(), "demo");
        assertEquals(List.of("pressPowerButton"), calls);
        assertEquals("demo: asked to shut down\n", container.output());
    }

    @Test
    void anUnknownMachineIsAnsweredWithThoseThereAreAndTheNearest() {
        container.services.add(machine("demo"));
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> vm.start(container.session(), "dmeo"));
        assertEquals(
                "there is no machine 'dmeo'; there is demo; did you mean demo?", e.getMessage());
    }

    @Test
    void theListShowsEveryMachine() throws Exception {
        container.services.add(machine("demo"));
        vm.list(container.session());
        assertTrue(container.output().contains("demo  defined  kvm     2     512 MiB"));
    }

    @Test
    void theListTellsWhichDeviceAMachineWaitsFor() throws Exception {
        container.services.add(machine("demo"));
        state = MachineState.PAUSED;
        devices = List.of(new DeviceInfo("a", "", true), new DeviceInfo("disk0", "", false));
        vm.list(container.session());
        assertTrue(container.output().contains("512 MiB  waits for disk0"), container.output());
    }

    @Test
    void waitingSucceedsOrFailsByTheOutcome() throws Exception {
        container.services.add(machine("demo"));
        state = MachineState.STOPPED;
        outcome = new MachineOutcome.GuestExit(33);
        waiting.execute(container.session(), List.of("demo"));
        assertEquals(33, vm.exitstatus(container.session(), "demo"));
        outcome = new MachineOutcome.GuestExit(35);
        waitFails("machine 'demo': guest exit 35");
        waiting.execute(container.session(), List.of("demo", "--expect", "35"));
        outcome = new MachineOutcome.Crashed("triple fault", List.of());
        waitFails("machine 'demo': crashed: triple fault");
        assertEquals(1, vm.exitstatus(container.session(), "demo"));
        state = MachineState.RUNNING;
        waitFails("machine 'demo' is still running after 0 s");
        state = MachineState.DEFINED;
        waitFails("machine 'demo' was never started");
    }

    @Test
    void wordsAreTypedOnTheMachinesConsoleWithEnter() throws Exception {
        container.services.add(machine("demo"));
        Hashtable<String, Object> serial = new Hashtable<>();
        serial.put("machine", "demo");
        serial.put("id", "serial0");
        serial.put("console", "c");
        container.admin().getFactoryConfiguration("x.serial", "s", "?").update(serial);
        StringBuilder typed = new StringBuilder();
        container.services.add(
                FakeContainer.proxy(
                        Console.class,
                        (name, arguments) -> {
                            if (name.equals("id")) {
                                return "c";
                            }
                            typed.append(new String((byte[]) arguments[0], US_ASCII));
                            return ((byte[]) arguments[0]).length;
                        }));
        VmType type = new VmType(container::open, new Configs(container.admin()));
        type.type(container.session(), "demo", "echo", "hello");
        type.type(container.session(), "demo", "y", "--no-enter");
        assertEquals("echo hello\ry", typed.toString());
    }

    private void waitFails(String expected) {
        String message =
                assertThrows(
                                IllegalStateException.class,
                                () ->
                                        waiting.execute(
                                                container.session(),
                                                List.of("demo", "--timeout", "0")))
                        .getMessage();
        assertTrue(message.startsWith(expected), message);
    }
}
