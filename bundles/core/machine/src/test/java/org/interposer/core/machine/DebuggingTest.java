package org.interposer.core.machine;

import static org.interposer.core.machine.ControlledMachineTest.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.interposer.api.engine.HostDebug;
import org.interposer.api.engine.VcpuExit;
import org.interposer.api.machine.MachineDebug;
import org.interposer.api.machine.MachineException;
import org.interposer.api.machine.MachineState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class DebuggingTest implements MachineDebug.Listener {
    private final Fakes fakes = new Fakes();
    private final List<String> told = new CopyOnWriteArrayList<>();
    private final ControlledMachine machine =
            new ControlledMachine(Configs.settings("cpus", 2), fakes, fakes);

    @Override
    public void stopped(int cpu) {
        told.add("stopped " + cpu);
    }

    @Override
    public void ended() {
        told.add("ended");
    }

    @AfterEach
    void delete() {
        machine.delete();
    }

    @Test
    void aMachineThatIsStartedWithADebuggerStandsBeforeItsFirstInstruction() throws Exception {
        MachineDebug debug = machine.debug(this);
        machine.start();
        assertEquals(MachineState.PAUSED, machine.state());
        assertEquals(0, fakes.vcpus.get(0).runs);
        debug.step(0);
        assertEquals(new HostDebug(true, Set.of()), fakes.vcpus.get(0).debug);
        assertEquals(HostDebug.NONE, fakes.vcpus.get(1).debug);
        fakes.vcpus.get(0).exit(new VcpuExit.Debug());
        await(() -> told.equals(List.of("stopped 0")));
        assertEquals(MachineState.PAUSED, machine.state());
        assertTrue(fakes.vcpus.stream().noneMatch(v -> v.inside));
        debug.resume();
        assertEquals(HostDebug.NONE, fakes.vcpus.get(0).debug);
        await(() -> fakes.vcpus.stream().allMatch(v -> v.inside));
        assertEquals(MachineState.RUNNING, machine.state());
    }

    @Test
    void everyVcpuGetsTheBreakpointsAndOneOfTwoThatStopTogetherIsTold() throws Exception {
        machine.start();
        MachineDebug debug = machine.debug(this);
        debug.pause();
        debug.breakpoints(Set.of(0x1000L));
        debug.step(1);
        assertEquals(new HostDebug(false, Set.of(0x1000L)), fakes.vcpus.get(0).debug);
        assertEquals(new HostDebug(true, Set.of(0x1000L)), fakes.vcpus.get(1).debug);
        fakes.vcpus.forEach(v -> v.exit(new VcpuExit.Debug()));
        await(() -> machine.state() == MachineState.PAUSED);
        Thread.sleep(50);
        assertEquals(1, told.size(), told.toString());
    }

    @Test
    void tooManyBreakpointsAreRefusedAndTheOldOnesStay() throws Exception {
        machine.start();
        MachineDebug debug = machine.debug(this);
        debug.pause();
        debug.breakpoints(Set.of(1L));
        MachineException e =
                assertThrows(MachineException.class, () -> debug.breakpoints(Set.of(1L, 2L, 3L)));
        assertEquals("machine 'demo': 3 breakpoints; its engine has 2", e.getMessage());
        debug.resume();
        assertEquals(Set.of(1L), fakes.vcpus.get(0).debug.breakpoints());
    }

    @Test
    void stateIsReadAndWrittenOnlyWhileTheMachineStands() throws Exception {
        machine.start();
        MachineDebug debug = machine.debug(this);
        fakes.vcpus.get(1).rip = 0x42;
        assertEquals(0x42, debug.state(1).rip());
        assertThrows(MachineException.class, () -> debug.state(1, Fakes.state(7)));
        debug.pause();
        debug.state(1, Fakes.state(7));
        assertEquals(7, fakes.vcpus.get(1).restored.get(0).rip());
    }

    @Test
    void aDebuggerThatLeavesTakesItsStopsWithIt() throws Exception {
        machine.start();
        MachineDebug debug = machine.debug(this);
        assertThrows(MachineException.class, () -> machine.debug(this));
        debug.pause();
        debug.breakpoints(Set.of(1L));
        debug.close();
        assertEquals(HostDebug.NONE, fakes.vcpus.get(0).debug);
        assertEquals(MachineState.RUNNING, machine.state());
        assertThrows(MachineException.class, debug::resume);
        machine.debug(this).close();
    }

    @Test
    void whatAUserHasPausedStaysPausedWhenTheDebuggerLeaves() throws Exception {
        machine.start();
        MachineDebug debug = machine.debug(this);
        machine.pause();
        debug.close();
        assertEquals(MachineState.PAUSED, machine.state());
    }

    @Test
    void theEndOfTheRunEndsTheDebugging() throws Exception {
        machine.start();
        MachineDebug debug = machine.debug(this);
        machine.stop();
        assertEquals(List.of("ended"), told);
        assertThrows(MachineException.class, debug::resume);
        assertFalse(machine.debugging().active());
    }
}
