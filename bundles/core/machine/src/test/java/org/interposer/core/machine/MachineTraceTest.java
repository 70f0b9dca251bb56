package org.interposer.core.machine;

import static org.interposer.core.machine.ControlledMachineTest.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.engine.TraceEvent;
import org.interposer.api.engine.TraceKind;
import org.interposer.api.engine.TraceSink;
import org.interposer.api.machine.MachineException;
import org.interposer.api.machine.MachineState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Traces of a machine whose engine and bus are fakes. */
@Timeout(60)
final class MachineTraceTest {
    private final Fakes fakes = new Fakes();
    private final Notes notes = new Notes();
    private final ControlledMachine machine =
            new ControlledMachine(Configs.settings("cpus", 2), fakes, fakes);

    @AfterEach
    void delete() {
        machine.delete();
    }

    private TracedBus bus() {
        return machine.run().orElseThrow().parts().bus();
    }

    /** vCPU 1 writes to a port each time that it enters the guest. */
    private void start() throws Exception {
        machine.start();
        fakes.vcpus.get(1).work = () -> bus().write(AddressSpace.PORT, 0x3f8, 1, 0x1234);
    }

    /** Lets vCPU 1 leave and enter once more. */
    private void round() throws Exception {
        long before = fakes.vcpus.get(1).runs;
        await(() -> fakes.vcpus.get(1).inside);
        fakes.vcpus.get(1).kick();
        await(() -> fakes.vcpus.get(1).runs > before && fakes.vcpus.get(1).inside);
    }

    @Test
    void whatAVcpuDoesOnTheBusIsToldWithItsNumber() throws Exception {
        start();
        machine.trace(Set.of(TraceKind.IO), notes);
        await(() -> !notes.events.isEmpty());
        assertEquals(
                new TraceEvent.Io(1, AddressSpace.PORT, true, 0x3f8, 1, 0x34), notes.events.get(0));
        assertEquals(MachineState.RUNNING, machine.state());
        assertFalse(fakes.journal.contains("vm.trace"));
    }

    @Test
    void whatADeviceDoesOnTheBusIsNotTheGuests() throws Exception {
        machine.start();
        machine.trace(Set.of(TraceKind.IO), notes);
        bus().write(AddressSpace.MMIO, 0xfee00000L, 4, 1);
        bus().read(AddressSpace.MMIO, 0xfee00000L, 4);
        assertEquals(List.of(), notes.events);
        assertTrue(fakes.journal.containsAll(List.of("bus.write", "bus.read")));
    }

    @Test
    void noEventComesAfterTheEnd() throws Exception {
        start();
        machine.trace(Set.of(TraceKind.IO), notes);
        await(() -> !notes.events.isEmpty());
        assertEquals(Optional.of(notes), machine.endTrace());
        assertEquals(1, notes.ends);
        int count = notes.events.size();
        round();
        assertEquals(count, notes.events.size());
        assertEquals(Optional.empty(), machine.endTrace());
    }

    @Test
    void aSinkThatHasEnoughIsLeftAlone() throws Exception {
        notes.wantsMore = false;
        start();
        machine.trace(Set.of(TraceKind.IO), notes);
        await(() -> !notes.events.isEmpty());
        round();
        round();
        assertEquals(1, notes.events.size());
    }

    @Test
    void theEngineIsToldWhileNoVcpuIsInside() throws Exception {
        fakes.traceable = Set.of(TraceKind.INSTRUCTIONS);
        machine.start();
        await(() -> fakes.vcpus.stream().allMatch(v -> v.inside));
        fakes.journal.clear();
        machine.trace(Set.of(TraceKind.INSTRUCTIONS), notes);
        List<String> journal = List.copyOf(fakes.journal);
        assertTrue(journal.indexOf("vm.pauseClock") < journal.indexOf("vm.trace"));
        assertTrue(journal.indexOf("vm.trace") < journal.indexOf("vm.resumeClock"));
    }

    @Test
    void whatTheEngineCannotShowIsRefusedAndChangesNothing() throws Exception {
        machine.start();
        fakes.journal.clear();
        String message =
                assertThrows(
                                MachineException.class,
                                () -> machine.trace(Set.of(TraceKind.values()), notes))
                        .getMessage();
        assertTrue(
                message.contains("engine 'kvm' cannot trace instructions and exceptions"), message);
        assertEquals(List.of(), fakes.journal);
        assertEquals(Optional.empty(), machine.endTrace());
    }

    @Test
    void oneTraceAtATime() throws Exception {
        machine.start();
        machine.trace(Set.of(TraceKind.IO), notes);
        String message =
                assertThrows(
                                MachineException.class,
                                () -> machine.trace(Set.of(TraceKind.IO), new Notes()))
                        .getMessage();
        assertTrue(message.contains("vm:trace demo off"), message);
    }

    @Test
    void aTraceEndsWithTheRunAndNeedsOne() throws Exception {
        assertThrows(MachineException.class, () -> machine.trace(Set.of(TraceKind.IO), notes));
        machine.start();
        machine.trace(Set.of(TraceKind.IO), notes);
        machine.stop();
        assertEquals(1, notes.ends);
        assertEquals(Optional.empty(), machine.endTrace());
    }

    /** So a trace can hold a guest's first instruction. */
    @Test
    void aListenerMayBeginATraceBeforeTheFirstVcpuRuns() throws Exception {
        List<Long> runs = new CopyOnWriteArrayList<>();
        machine.addListener(
                (m, from, to) -> {
                    try {
                        if (to == MachineState.RUNNING) {
                            m.trace(Set.of(TraceKind.IO), notes);
                            fakes.vcpus.forEach(v -> runs.add(v.runs));
                        }
                    } catch (MachineException e) {
                        throw new IllegalStateException(e);
                    }
                });
        machine.start();
        assertEquals(List.of(0L, 0L), runs);
        assertEquals(Optional.of(notes), machine.endTrace());
    }

    private static final class Notes implements TraceSink {
        private final List<TraceEvent> events = new CopyOnWriteArrayList<>();
        private volatile boolean wantsMore = true;
        private volatile int ends;

        @Override
        public boolean accept(TraceEvent event) {
            events.add(event);
            return wantsMore;
        }

        @Override
        public void ended() {
            ends++;
        }
    }
}
