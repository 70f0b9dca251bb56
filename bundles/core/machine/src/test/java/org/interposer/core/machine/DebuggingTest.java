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
import org.interposer.api.engine.HostDebug;
import org.interposer.api.engine.VcpuExit;
import org.interposer.api.engine.Watchpoint;
import org.interposer.api.machine.MachineDebug;
import org.interposer.api.machine.MachineException;
import org.interposer.api.machine.MachineOutcome;
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
    public void stopped(int cpu, Optional<Watchpoint> watched) {
        told.add("stopped " + cpu + watched.map(w -> " at " + w.address()).orElse(""));
    }

    @Override
    public void ended(MachineOutcome how) {
        told.add("ended " + how);
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
        assertEquals(new HostDebug(true, Set.of(), Set.of()), fakes.vcpus.get(0).debug);
        assertEquals(HostDebug.NONE, fakes.vcpus.get(1).debug);
        fakes.vcpus.get(0).exit(VcpuExit.Debug.STOP);
        await(() -> told.equals(List.of("stopped 0")));
        assertEquals(MachineState.PAUSED, machine.state());
        assertTrue(fakes.vcpus.stream().noneMatch(v -> v.inside));
        debug.resume(0);
        assertEquals(HostDebug.NONE, fakes.vcpus.get(0).debug);
        await(() -> fakes.vcpus.stream().allMatch(v -> v.inside));
        assertEquals(MachineState.RUNNING, machine.state());
    }

    @Test
    void everyVcpuGetsTheBreakpointsAndOneOfTwoThatStopTogetherIsTold() throws Exception {
        machine.start();
        MachineDebug debug = machine.debug(this);
        debug.pause();
        debug.breakpoints(Set.of(0x1000L), Set.of());
        debug.step(1);
        assertEquals(new HostDebug(false, Set.of(0x1000L), Set.of()), fakes.vcpus.get(0).debug);
        assertEquals(new HostDebug(true, Set.of(0x1000L), Set.of()), fakes.vcpus.get(1).debug);
        fakes.vcpus.forEach(v -> v.exit(VcpuExit.Debug.STOP));
        await(() -> machine.state() == MachineState.PAUSED);
        Thread.sleep(50);
        assertEquals(1, told.size(), told.toString());
    }

    @Test
    void tooManyBreakpointsAreRefusedAndTheOldOnesStay() throws Exception {
        machine.start();
        MachineDebug debug = machine.debug(this);
        debug.pause();
        debug.breakpoints(Set.of(1L), Set.of());
        MachineException e =
                assertThrows(
                        MachineException.class,
                        () -> debug.breakpoints(Set.of(1L, 2L, 3L), Set.of()));
        assertEquals(
                "machine 'demo': breakpoints and watchpoints for 3 debug registers; its engine has"
                        + " 2",
                e.getMessage());
        debug.resume(0);
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
        debug.breakpoints(Set.of(1L), Set.of());
        debug.close();
        assertEquals(HostDebug.NONE, fakes.vcpus.get(0).debug);
        assertEquals(MachineState.RUNNING, machine.state());
        assertThrows(MachineException.class, () -> debug.resume(0));
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
        assertEquals(List.of("ended " + new MachineOutcome.StoppedByCommand()), told);
        assertThrows(MachineException.class, () -> debug.resume(0));
        assertFalse(machine.debugging().active());
    }

    // --- getting past a breakpoint ---------------------------------------------------------------

    private static HostDebug steps(Long... breakpoints) {
        return new HostDebug(true, Set.of(breakpoints), Set.of());
    }

    private static HostDebug runs(Long... breakpoints) {
        return new HostDebug(false, Set.of(breakpoints), Set.of());
    }

    private Fakes.ScriptedVcpu vcpu(int index) {
        return fakes.vcpus.get(index);
    }

    private void stops(int index, long rip) {
        vcpu(index).rip = rip;
        vcpu(index).exit(VcpuExit.Debug.STOP);
    }

    /** A machine that stands with vCPU 0 at one of its two breakpoints, told or not. */
    private MachineDebug atABreakpoint(boolean told) throws Exception {
        machine.start();
        MachineDebug debug = machine.debug(this);
        debug.pause();
        debug.breakpoints(Set.of(0x1000L, 0x2000L), Set.of());
        if (told) {
            debug.resume(0);
            stops(0, 0x1000);
            awaitTold("stopped 0");
        }
        vcpu(0).rip = 0x1000;
        return debug;
    }

    /** vCPU 0 has done the step that takes it past its breakpoint. */
    private void getsPast() throws Exception {
        stops(0, 0x1001);
        await(() -> vcpu(0).debug.equals(runs(0x1000L, 0x2000L)));
    }

    private void awaitTold(String... events) throws Exception {
        await(() -> told.equals(List.of(events)));
    }

    @Test
    void aVcpuGetsPastItsBreakpointAndGoesOnWithoutAWord() throws Exception {
        MachineDebug debug = atABreakpoint(true);
        debug.resume(0);
        assertEquals(steps(0x2000L), vcpu(0).debug);
        assertEquals(runs(0x1000L, 0x2000L), vcpu(1).debug);
        getsPast();
        await(() -> fakes.vcpus.stream().allMatch(v -> v.inside));
        assertEquals(MachineState.RUNNING, machine.state());
        awaitTold("stopped 0");
        stops(0, 0x2000);
        awaitTold("stopped 0", "stopped 0");
        debug.resume(0);
        assertEquals(steps(0x1000L), vcpu(0).debug);
    }

    @Test
    void aVcpuGetsPastABreakpointThatItComesToAgainEveryTime() throws Exception {
        MachineDebug debug = atABreakpoint(true);
        for (int turn = 2; turn <= 200; turn++) {
            debug.resume(0);
            getsPast();
            await(() -> vcpu(0).inside);
            stops(0, 0x1000);
            int stops = turn;
            await(() -> told.size() == stops);
        }
    }

    @Test
    void aBreakpointThatIsSetWhereTheVcpuStandsDoesNotHoldIt() throws Exception {
        MachineDebug debug = atABreakpoint(false);
        debug.resume(0);
        assertEquals(steps(0x2000L), vcpu(0).debug);
    }

    @Test
    void aStepFromABreakpointIsOneStep() throws Exception {
        MachineDebug debug = atABreakpoint(true);
        debug.step(0);
        assertEquals(steps(0x2000L), vcpu(0).debug);
        stops(0, 0x1001);
        awaitTold("stopped 0", "stopped 0");
        assertEquals(MachineState.PAUSED, machine.state());
        debug.step(0);
        assertEquals(steps(0x1000L, 0x2000L), vcpu(0).debug, "it has left it");
    }

    @Test
    void aVcpuThatTheDebuggerWasNotToldOfStopsAtItsBreakpoint() throws Exception {
        MachineDebug debug = atABreakpoint(true);
        vcpu(1).rip = 0x1000;
        debug.resume(0);
        assertEquals(runs(0x1000L, 0x2000L), vcpu(1).debug);
        stops(1, 0x1000);
        awaitTold("stopped 0", "stopped 1");
        debug.resume(1);
        assertEquals(steps(0x2000L), vcpu(1).debug);
    }

    @Test
    void whileOneVcpuIsSteppedTheOtherGetsPastItsBreakpoint() throws Exception {
        MachineDebug debug = atABreakpoint(true);
        debug.step(1);
        assertEquals(steps(0x2000L), vcpu(0).debug);
        assertEquals(steps(0x1000L, 0x2000L), vcpu(1).debug);
        getsPast();
        assertEquals(steps(0x1000L, 0x2000L), vcpu(1).debug, "its step is still wanted");
        awaitTold("stopped 0");
        stops(1, 0xfff1);
        awaitTold("stopped 0", "stopped 1");
    }

    @Test
    void aPauseBeforeItGotPastDoesNotMakeItStopThere() throws Exception {
        MachineDebug debug = atABreakpoint(true);
        debug.resume(0);
        debug.pause();
        debug.resume(1);
        assertEquals(steps(0x2000L), vcpu(0).debug);
        getsPast();
        awaitTold("stopped 0");
    }

    @Test
    void aVcpuThatWasMovedToABreakpointStopsThere() throws Exception {
        MachineDebug debug = atABreakpoint(true);
        vcpu(0).rip = 0x2000;
        debug.resume(1);
        assertEquals(runs(0x1000L, 0x2000L), vcpu(0).debug);
    }

    @Test
    void breakpointsAreAtLinearAddresses() throws Exception {
        MachineDebug debug = atABreakpoint(false);
        vcpu(0).codeBase = 0xf00;
        vcpu(0).rip = 0x100;
        debug.resume(0);
        assertEquals(steps(0x2000L), vcpu(0).debug);
    }

    // --- watchpoints -----------------------------------------------------------------------------

    private static final Watchpoint WORD = new Watchpoint(0x3000, 8, false);

    private void accesses(int index) {
        vcpu(index).exit(new VcpuExit.Debug(Optional.of(WORD)));
    }

    @Test
    void anAccessThatComesWhileAVcpuGetsPastItsBreakpointIsTold() throws Exception {
        MachineDebug debug = atABreakpoint(true);
        debug.breakpoints(Set.of(0x1000L), Set.of(WORD));
        debug.resume(0);
        assertEquals(new HostDebug(true, Set.of(), Set.of(WORD)), vcpu(0).debug);
        accesses(0);
        awaitTold("stopped 0", "stopped 0 at 12288");
    }

    @Test
    void ofTwoAccessesTheSecondIsToldWhenTheMachineGoesOn() throws Exception {
        machine.start();
        MachineDebug debug = machine.debug(this);
        debug.pause();
        debug.breakpoints(Set.of(), Set.of(WORD));
        debug.resume(0);
        await(() -> fakes.vcpus.stream().allMatch(v -> v.inside));
        accesses(1);
        accesses(0);
        await(() -> told.size() == 1 && machine.state() == MachineState.PAUSED);
        Thread.sleep(50);
        debug.resume(0);
        await(() -> told.size() == 2);
        assertEquals(MachineState.PAUSED, machine.state());
        assertEquals(Set.of("stopped 0 at 12288", "stopped 1 at 12288"), Set.copyOf(told));
        debug.resume(0);
        assertEquals(MachineState.RUNNING, machine.state());
    }

    @Test
    void aWatchpointTakesAsManyRegistersAsItHasPieces() throws Exception {
        machine.start();
        MachineDebug debug = machine.debug(this);
        debug.pause();
        debug.breakpoints(Set.of(), Set.of(new Watchpoint(0x3004, 8, false)));
        assertThrows(
                MachineException.class,
                () -> debug.breakpoints(Set.of(), Set.of(new Watchpoint(0x3002, 8, false))));
    }
}
