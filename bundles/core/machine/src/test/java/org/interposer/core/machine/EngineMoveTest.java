package org.interposer.core.machine;

import static org.interposer.core.machine.ControlledMachineTest.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.interposer.api.bus.IoEvent;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.EngineException;
import org.interposer.api.engine.EngineReport;
import org.interposer.api.engine.TraceKind;
import org.interposer.api.engine.TraceSink;
import org.interposer.api.frontend.MachineRequest;
import org.interposer.api.irq.IrqchipMode;
import org.interposer.api.machine.MachineException;
import org.interposer.api.machine.MachineState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class EngineMoveTest {
    private final Fakes fakes = new Fakes();
    private final Fakes.ScriptedEngine softcpu = fakes.new ScriptedEngine("softcpu");
    private final Fakes.FakeDevice disk = fakes.new FakeDevice("disk0");
    private ControlledMachine machine = machine("cpus", 2, "cpuModel", "v2");

    private ControlledMachine machine(Object... settings) {
        return new ControlledMachine(Configs.settings(settings), fakes, fakes);
    }

    @BeforeEach
    void devices() {
        fakes.otherEngines.add(softcpu);
        fakes.frontends.add(disk);
    }

    @AfterEach
    void delete() {
        machine.delete();
    }

    @Test
    void theOtherEngineGoesOnWithTheStateOfEveryVcpu() throws Exception {
        machine.start();
        List<Fakes.ScriptedVcpu> before = List.copyOf(fakes.vcpus);
        await(() -> before.stream().allMatch(v -> v.inside));
        before.get(1).rip = 0x1234;
        assertTrue(machine.moveTo("softcpu", false) > 0);
        assertTrue(before.stream().noneMatch(v -> v.inside));
        assertEquals(0x1234, fakes.vcpus.get(1).restored.get(0).rip());
        await(() -> fakes.vcpus.stream().allMatch(v -> v.inside));
        assertEquals("softcpu", machine.info().engine());
        assertEquals(MachineState.RUNNING, machine.state());
        Map<String, Long> counters = machine.info().counters();
        assertEquals(14, counters.get("exits.hlt"), "those of both engines");
        assertEquals(1, counters.get("engine.moves"));
    }

    @Test
    void tscsThatWereReadOneAfterTheOtherAgreeAgain() {
        CpuState state = Fakes.state(0);
        List<CpuState> read =
                List.of(
                        state.withTsc(1_000_000),
                        state.withTsc(1_000_400),
                        state.withTsc(1_000_501),
                        state.withTsc(5));
        assertEquals(
                List.of(1_000_000L, 1_000_000L, 1_000_501L, 5L),
                EngineMove.agreeing(read, 500).stream().map(CpuState::tsc).toList(),
                "the last two are the guest's own doing");
    }

    @Test
    void doorbellsAndEventsGoToTheNewEngineBeforeTheOldOneIsClosed() throws Exception {
        machine.start();
        fakes.journal.clear();
        machine.moveTo("softcpu", false);
        List<String> journal = List.copyOf(fakes.journal);
        assertTrue(journal.indexOf("irqchip.save") < journal.indexOf("softcpu.attach"));
        assertTrue(journal.indexOf("softcpu.attach") < journal.indexOf("irqchip.restore"));
        assertTrue(journal.indexOf("bus.accelerator") < journal.indexOf("vm.close"));
        assertTrue(journal.contains("softcpu.resumeClock"));
        IoEvent none = disk.host.newEvent();
        assertEquals(null, none);
        assertTrue(fakes.journal.contains("softcpu.newEvent"));
        machine.stop();
        assertTrue(fakes.journal.contains("softcpu.close"));
    }

    @Test
    void aResetAfterwardsBringsTheNewEnginesPowerOnState() throws Exception {
        machine.start();
        machine.moveTo("softcpu", false);
        machine.reset();
        List<Long> rips = fakes.vcpus.get(1).restored.stream().map(s -> s.rip()).toList();
        assertEquals(List.of(0xfff0L, 0xfff0L), rips);
        assertEquals(0x100000, last(fakes.vcpus.get(0).restored).rip());
        disk.host.request(new MachineRequest.PowerOff("S5"));
        await(() -> machine.state() == MachineState.STOPPED);
    }

    @Test
    void anEngineThatComesALittleLaterIsWaitedFor() throws Exception {
        fakes.otherEngines.clear();
        machine.delete();
        machine = machine("engine", "softcpu");
        Thread late =
                new Thread(
                        () -> {
                            LockSupport.parkNanos(200_000_000);
                            fakes.otherEngines.add(softcpu);
                        });
        late.start();
        machine.start();
        assertEquals("softcpu", machine.info().engine());
        late.join();
    }

    @Test
    void aPausedMachineMovesAndStaysPaused() throws Exception {
        machine.start();
        machine.pause();
        machine.moveTo("softcpu", false);
        assertEquals(MachineState.PAUSED, machine.state());
        assertTrue(fakes.vcpus.stream().noneMatch(v -> v.inside));
        machine.resume();
        await(() -> fakes.vcpus.stream().allMatch(v -> v.inside));
    }

    @Test
    void anEngineThatDoesNotTakeTheStateLeavesTheMachineRunningWhereItWas() throws Exception {
        softcpu.takes = false;
        machine.start();
        Fakes.ScriptedVcpu first = fakes.vcpus.get(0);
        MachineException e =
                assertThrows(MachineException.class, () -> machine.moveTo("softcpu", false));
        assertEquals(
                "machine 'demo' cannot move to engine 'softcpu': no XSAVE here", e.getMessage());
        assertEquals("kvm", machine.info().engine());
        await(() -> first.inside);
        assertTrue(fakes.journal.contains("softcpu.close"));
        assertFalse(fakes.journal.contains("vm.close"));
        int saved = fakes.journal.indexOf("irqchip.save");
        assertTrue(fakes.journal.lastIndexOf("irqchip.restore") > saved, "put back");
    }

    @Test
    void anEngineThatCannotMakeItsPartIsNamed() throws Exception {
        softcpu.refusal = Optional.of(new EngineException("no memory"));
        machine.start();
        refused("softcpu", "cannot move to engine 'softcpu': no memory");
    }

    @Test
    void whatCannotWorkIsRefusedBeforeTheGuestStops() throws Exception {
        refused("softcpu", "is not running, so it cannot move to another engine");
        machine.start();
        fakes.journal.clear();
        refused("kvm", "it runs on it already");
        refused("qemu", "there is no engine 'qemu'; there is kvm, softcpu");
        assertFalse(fakes.journal.contains("clock.pause"));
    }

    @Test
    void aModelThatOnlyThisEngineHasNeedsForce() throws Exception {
        machine.delete();
        machine = machine("cpuModel", "host");
        machine.start();
        refused("softcpu", "CPU model 'host'");
        machine.moveTo("softcpu", true);
        assertEquals("softcpu", machine.info().engine());
    }

    @Test
    void anEngineThatRunsNoKernelsNeedsForce() throws Exception {
        fakes.report =
                new EngineReport(true, false, "interprets", List.of(IrqchipMode.USER), Map.of());
        machine.start();
        refused("softcpu", "interprets; --force moves it all the same");
        machine.moveTo("softcpu", true);
    }

    @Test
    void aTracedMachineStaysUntilTheTraceEnds() throws Exception {
        machine.start();
        machine.trace(Set.of(TraceKind.IO), fakes.recording("sink", TraceSink.class));
        refused("softcpu", "vm:trace demo off");
        machine.endTrace();
        machine.moveTo("softcpu", false);
    }

    @Test
    void controllersInTheKernelStayThere() throws Exception {
        machine.delete();
        machine = machine("irqchip", "split", "cpuModel", "v2");
        machine.start();
        refused("softcpu", "create it with --irqchip user");
    }

    private void refused(String engine, String words) {
        String message =
                assertThrows(MachineException.class, () -> machine.moveTo(engine, false))
                        .getMessage();
        assertTrue(message.contains(words), message);
    }

    private static <T> T last(List<T> list) {
        return list.get(list.size() - 1);
    }
}
