package org.interposer.core.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.interposer.api.boot.BootException;
import org.interposer.api.boot.BootLoader;
import org.interposer.api.engine.VcpuExit;
import org.interposer.api.frontend.DeviceException;
import org.interposer.api.frontend.DeviceHost;
import org.interposer.api.frontend.MachineRequest;
import org.interposer.api.frontend.PowerButton;
import org.interposer.api.machine.MachineException;
import org.interposer.api.machine.MachineOutcome;
import org.interposer.api.machine.MachineState;
import org.interposer.api.memory.GuestMemoryFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class ControlledMachineTest {
    private final Fakes fakes = new Fakes();
    private final Fakes.FakeDevice disk = fakes.new FakeDevice("disk0");
    private ControlledMachine machine = machine();

    private ControlledMachine machine(Object... settings) {
        return new ControlledMachine(Configs.settings(settings), fakes, fakes);
    }

    @AfterEach
    void delete() {
        machine.delete();
    }

    @Test
    void itIsStartedPausedResumedAndStoppedWithItsListenersTold() throws Exception {
        List<String> told = new CopyOnWriteArrayList<>();
        machine.addListener((m, from, to) -> told.add(from + "→" + to));
        machine.start();
        assertEquals(MachineState.RUNNING, machine.state());
        await(() -> fakes.vcpus.get(0).inside);
        machine.pause();
        assertFalse(fakes.vcpus.get(0).inside);
        machine.resume();
        await(() -> fakes.vcpus.get(0).inside);
        machine.stop();
        assertEquals(new MachineOutcome.StoppedByCommand(), machine.outcome());
        assertEquals(
                List.of("DEFINED→RUNNING", "RUNNING→PAUSED", "PAUSED→RUNNING", "RUNNING→STOPPED"),
                told);
    }

    @Test
    void pausingTakesEveryVcpuOutThenQuietsDevicesThenStopsTheClocks() throws Exception {
        machine = machine("cpus", 3);
        fakes.frontends.add(disk);
        machine.start();
        await(() -> fakes.vcpus.stream().allMatch(v -> v.inside));
        fakes.journal.clear();
        machine.pause();
        assertTrue(fakes.vcpus.stream().noneMatch(v -> v.inside));
        assertEquals(
                List.of("pit.quiesce", "disk0.quiesce", "clock.pause", "vm.pauseClock"),
                fakes.journal);
        fakes.journal.clear();
        machine.resume();
        assertEquals(
                List.of("vm.resumeClock", "clock.resume", "pit.resume", "disk0.resume"),
                fakes.journal);
    }

    @Test
    void thePowerButtonIsPressedWhereADeviceHasOne() throws Exception {
        class Button extends Fakes.FakeDevice implements PowerButton {
            Button() {
                fakes.super("button");
            }

            @Override
            public void press() {
                fakes.journal.add("button.press");
            }
        }
        fakes.frontends.add(new Button());
        machine.start();
        fakes.journal.clear();
        machine.pressPowerButton();
        assertEquals(List.of("button.press"), fakes.journal);
        assertEquals(MachineState.RUNNING, machine.state());
    }

    @Test
    void aMachineThatHasNoPowerButtonOrDoesNotRunSaysSo() throws Exception {
        String atRest =
                assertThrows(MachineException.class, machine::pressPowerButton).getMessage();
        assertTrue(atRest.contains("not running, so it cannot power down"), atRest);
        machine.start();
        assertEquals(
                "machine 'demo' has no power button; vm:stop demo ends it",
                assertThrows(MachineException.class, machine::pressPowerButton).getMessage());
    }

    @Test
    void aKernelThatCannotBeLoadedUndoesTheStartInReverseOrder() {
        fakes.frontends.add(disk);
        fakes.service(
                BootLoader.class,
                (source, memory, rsdp) -> {
                    throw new BootException("/kernel: not a kernel");
                });
        MachineException e = assertThrows(MachineException.class, machine::start);
        assertEquals("machine 'demo' cannot boot: /kernel: not a kernel", e.getMessage());
        assertEquals(MachineState.DEFINED, machine.state());
        assertUndone();
        assertTrue(machine.memory().isEmpty());
    }

    @Test
    void aDeviceThatDoesNotComeUpUndoesTheStartAndIsNamed() {
        fakes.frontends.add(
                fakes.new FakeDevice("disk1") {
                    @Override
                    public void realize(DeviceHost to) throws DeviceException {
                        throw new DeviceException("no chain");
                    }
                });
        MachineException e = assertThrows(MachineException.class, machine::start);
        assertEquals("machine 'demo': device 'disk1': no chain", e.getMessage());
        assertFalse(fakes.journal.contains("disk1.unrealize"));
        assertTrue(fakes.journal.contains("memory.close"));
    }

    @Test
    void memoryThatTheHostCannotGiveIsAClearError() {
        fakes.service(
                GuestMemoryFactory.class,
                (name, bytes) -> {
                    throw new IOException("no 512 MiB");
                });
        assertEquals(
                "machine 'demo': no 512 MiB",
                assertThrows(MachineException.class, machine::start).getMessage());
    }

    @Test
    void aMachineWithoutAKernelSaysSo() {
        machine = machine("kernel", "");
        assertTrue(
                assertThrows(MachineException.class, machine::start)
                        .getMessage()
                        .contains("has no kernel"));
    }

    @Test
    void stoppingTakesEverythingDownInReverseOrder() throws Exception {
        fakes.frontends.add(disk);
        machine.start();
        fakes.journal.clear();
        machine.stop();
        fakes.journal.remove("clock.pause");
        assertUndone();
    }

    private void assertUndone() {
        List<String> tail = fakes.journal.subList(fakes.journal.size() - 7, fakes.journal.size());
        assertEquals(
                List.of(
                        "disk0.unrealize",
                        "pit.unrealize",
                        "pci.close",
                        "irqchip.close",
                        "vm.close",
                        "clock.close",
                        "memory.close"),
                tail);
    }

    @Test
    void itCanBeStartedAgainAfterItStopped() throws Exception {
        machine.start();
        machine.stop();
        machine.start();
        assertEquals(MachineState.RUNNING, machine.state());
        assertEquals(new MachineOutcome.None(), machine.outcome());
        assertThrows(MachineException.class, machine::start);
    }

    @Test
    void theGuestPowersOffOrExitsWithAStatus() throws Exception {
        fakes.frontends.add(disk);
        machine.start();
        disk.host.request(new MachineRequest.PowerOff("S5"));
        assertTrue(machine.awaitStopped(10, TimeUnit.SECONDS));
        assertEquals(new MachineOutcome.PoweredOff(), machine.outcome());
        machine.start();
        disk.register = 5;
        disk.host.request(new MachineRequest.Exit(33));
        assertTrue(machine.awaitStopped(10, TimeUnit.SECONDS));
        assertEquals(new MachineOutcome.GuestExit(33), machine.outcome());
        assertEquals(7L, machine.info().counters().get("exits.hlt"), "figures outlive the run");
        assertEquals(5L, machine.info().counters().get("disk0.register"));
        assertEquals("kvm", machine.info().engine());
        assertEquals("user", machine.info().irqchip());
    }

    @Test
    void aResetBringsDevicesAndVcpusToPowerOnAndLoadsTheKernelAgain() throws Exception {
        machine = machine("cpus", 2);
        fakes.frontends.add(disk);
        machine.start();
        await(() -> fakes.vcpus.get(1).inside);
        fakes.journal.clear();
        disk.host.request(new MachineRequest.Reset("i8042"));
        await(() -> machine.info().counters().get("resets") == 1);
        assertTrue(
                fakes.journal.containsAll(
                        List.of("pci.reset", "pit.reset", "disk0.reset", "irqchip.reset")));
        assertTrue(fakes.journal.indexOf("disk0.reset") < fakes.journal.indexOf("boot.load"));
        assertEquals(0xfff0, fakes.vcpus.get(1).restored.get(0).rip());
        List<Long> first = fakes.vcpus.get(0).restored.stream().map(s -> s.rip()).toList();
        assertEquals(List.of(0x100000L, 0xfff0L, 0x100000L), first);
        await(() -> fakes.vcpus.get(0).inside && fakes.vcpus.get(1).inside);
        assertEquals(MachineState.RUNNING, machine.state());
    }

    @Test
    void aResetStopsAMachineThatIsToldSo() throws Exception {
        machine = machine("onReset", "stop");
        fakes.frontends.add(disk);
        machine.start();
        disk.host.request(new MachineRequest.Reset("keyboard controller"));
        assertTrue(machine.awaitStopped(10, TimeUnit.SECONDS));
        assertEquals(new MachineOutcome.PoweredOff(), machine.outcome());
    }

    @Test
    void aTripleFaultResetsAndTheThirdInARowIsACrash() throws Exception {
        machine.start();
        for (int i = 1; i <= 2; i++) {
            int resets = i;
            fakes.vcpus.get(0).exit(new VcpuExit.TripleFault());
            await(() -> machine.info().counters().get("resets") == resets);
        }
        fakes.vcpus.get(0).exit(new VcpuExit.TripleFault());
        assertTrue(machine.awaitStopped(10, TimeUnit.SECONDS));
        assertTrue(machine.outcome().toString().contains("triple fault on vCPU 0"));
    }

    @Test
    void aMachineWhoseVcpusAllStandStillForGoodCrashes() throws Exception {
        machine = machine("cpus", 2);
        machine.start();
        fakes.vcpus.get(0).exit(new VcpuExit.Stuck());
        await(() -> fakes.vcpus.get(0).runs > 1);
        assertEquals(MachineState.RUNNING, machine.state());
        for (int i = 0; i < 500 && machine.state() == MachineState.RUNNING; i++) {
            fakes.vcpus.forEach(v -> v.exit(new VcpuExit.Stuck()));
            Thread.sleep(5);
        }
        assertTrue(machine.awaitStopped(10, TimeUnit.SECONDS));
        assertTrue(machine.outcome() instanceof MachineOutcome.Crashed);
    }

    @Test
    void anEngineThatCannotGoOnStopsTheMachineWithItsMessage() throws Exception {
        machine.start();
        fakes.vcpus.get(0).exit(new VcpuExit.Failed("emulation failed at 0x1000: 0f c7"));
        assertTrue(machine.awaitStopped(10, TimeUnit.SECONDS));
        assertEquals(
                new MachineOutcome.Failed("emulation failed at 0x1000: 0f c7"), machine.outcome());
    }

    @Test
    void aDeviceThatThrowsOnAVcpuThreadStopsOnlyItsMachine() throws Exception {
        machine.start();
        fakes.vcpus.get(0).failure = new IllegalStateException("bad register");
        fakes.vcpus.get(0).kick();
        assertTrue(machine.awaitStopped(10, TimeUnit.SECONDS));
        assertTrue(machine.outcome().toString().contains("bad register"));
    }

    @Test
    void aDeviceThreadThatFailsStopsTheMachineAndIsNamed() throws Exception {
        fakes.frontends.add(disk);
        machine.start();
        disk.host.startThread(
                "io",
                () -> {
                    throw new IllegalStateException("ring broken");
                });
        assertTrue(machine.awaitStopped(10, TimeUnit.SECONDS));
        assertTrue(machine.outcome().toString().contains("demo/disk0/io failed"));
    }

    @Test
    void aMachineOnAnEngineThatGoesAwayStops() throws Exception {
        machine.start();
        machine.engineDeparting("other");
        assertEquals(MachineState.RUNNING, machine.state());
        machine.engineDeparting("kvm");
        assertEquals(new MachineOutcome.Failed("engine 'kvm' was stopped"), machine.outcome());
    }

    @Test
    void commandsOnAMachineThatIsNotRunningSayWhatToDo() {
        for (var command :
                List.<org.junit.jupiter.api.function.Executable>of(
                        machine::pause, machine::resume, machine::reset)) {
            String message = assertThrows(MachineException.class, command).getMessage();
            assertTrue(message.contains("use vm:start demo"), message);
        }
    }

    @Test
    void vcpuStatesAreReadWithTheMachinePausedForTheMoment() throws Exception {
        machine = machine("cpus", 2);
        assertEquals(List.of(), machine.cpuStates());
        machine.start();
        await(() -> fakes.vcpus.get(0).inside);
        assertEquals(2, machine.cpuStates().size());
        await(() -> fakes.vcpus.get(0).inside);
        assertEquals(MachineState.RUNNING, machine.state());
    }

    static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "not within 20 s");
            Thread.sleep(1);
        }
    }
}
