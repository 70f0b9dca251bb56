package org.interposer.core.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.interposer.api.machine.DeviceInfo;
import org.interposer.api.machine.MachineException;
import org.interposer.api.machine.MachineOutcome;
import org.interposer.api.machine.MachineState;
import org.interposer.api.state.StateException;
import org.interposer.api.state.StateRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class DeviceReturnTest {
    private final Fakes fakes = new Fakes();
    private ControlledMachine machine = new ControlledMachine(Configs.settings(), fakes, fakes);

    @AfterEach
    void delete() {
        machine.delete();
    }

    private Fakes.FakeDevice plugged(String id) {
        Fakes.FakeDevice device = fakes.new FakeDevice(id);
        fakes.frontends.add(device);
        return device;
    }

    @Test
    void aDeviceThatGoesLeavesItsStateAndItsSuccessorGoesOnWithIt() throws Exception {
        Fakes.FakeDevice old = plugged("disk0");
        machine.start();
        old.register = 0x1234;
        fakes.journal.clear();
        machine.departing(old);
        assertEquals(MachineState.PAUSED, machine.state());
        assertEquals(
                List.of(
                        "pit.quiesce",
                        "disk0.quiesce",
                        "clock.pause",
                        "vm.pauseClock",
                        "disk0.save",
                        "disk0.unrealize"),
                fakes.journal);
        assertFalse(fakes.vcpus.get(0).inside);

        Fakes.FakeDevice successor = fakes.new FakeDevice("disk0");
        machine.arrived(successor);
        ControlledMachineTest.await(() -> machine.state() == MachineState.RUNNING);
        assertEquals(0x1234, successor.register);
        ControlledMachineTest.await(() -> fakes.vcpus.get(0).inside);
    }

    @Test
    void noReferenceToTheOldDeviceIsKept() throws Exception {
        Fakes.FakeDevice old = plugged("disk0");
        machine.start();
        machine.departing(old);
        machine.arrived(fakes.new FakeDevice("disk0"));
        ControlledMachineTest.await(() -> machine.state() == MachineState.RUNNING);
        WeakReference<Object> gone = new WeakReference<>(old);
        fakes.frontends.clear();
        old = null;
        ControlledMachineTest.await(
                () -> {
                    System.gc();
                    return gone.get() == null;
                });
    }

    @Test
    void devicesThatGoTogetherComeBackInTheirOldOrderWhicheverIsThereFirst() throws Exception {
        Fakes.FakeDevice a = plugged("disk0");
        Fakes.FakeDevice b = plugged("disk1");
        machine.start();
        machine.departing(a);
        machine.departing(b);
        fakes.journal.clear();
        machine.arrived(fakes.new FakeDevice("disk1"));
        assertEquals(MachineState.PAUSED, machine.state());
        machine.arrived(fakes.new FakeDevice("disk0"));
        ControlledMachineTest.await(() -> machine.state() == MachineState.RUNNING);
        assertTrue(fakes.journal.indexOf("disk0.realize") < fakes.journal.indexOf("disk1.realize"));
    }

    @Test
    void aMachineThatWasPausedStaysPaused() throws Exception {
        Fakes.FakeDevice old = plugged("disk0");
        machine.start();
        machine.pause();
        machine.departing(old);
        machine.arrived(fakes.new FakeDevice("disk0"));
        ControlledMachineTest.await(
                () -> machine.info().devices().stream().allMatch(DeviceInfo::realized));
        assertEquals(MachineState.PAUSED, machine.state());
        machine.resume();
        assertEquals(MachineState.RUNNING, machine.state());
    }

    @Test
    void whileADeviceIsAwayResumeAndResetSayWhatIsMissing() throws Exception {
        Fakes.FakeDevice old = plugged("disk0");
        machine.start();
        machine.departing(old);
        assertTrue(
                assertThrows(MachineException.class, machine::resume)
                        .getMessage()
                        .contains("waits for its device disk0"));
        assertThrows(MachineException.class, machine::reset);
        assertEquals(
                List.of(
                        new DeviceInfo("pit", "fake pit", true),
                        new DeviceInfo("disk0", "fake disk0", false)),
                machine.info().devices());
        machine.stop();
        assertEquals(MachineState.STOPPED, machine.state());
    }

    @Test
    void aSuccessorThatDoesNotTakeTheStateIsTakenOutAndTheNextOneMayTry() throws Exception {
        Fakes.FakeDevice old = plugged("disk0");
        machine.start();
        old.register = 7;
        machine.departing(old);
        machine.arrived(
                fakes.new FakeDevice("disk0") {
                    @Override
                    public void restore(StateRecord state) {
                        throw new StateException("newer");
                    }
                });
        ControlledMachineTest.await(
                () -> fakes.journal.stream().filter("disk0.unrealize"::equals).count() == 2);
        assertEquals(MachineState.PAUSED, machine.state());
        Fakes.FakeDevice good = fakes.new FakeDevice("disk0");
        machine.arrived(good);
        ControlledMachineTest.await(() -> machine.state() == MachineState.RUNNING);
        assertEquals(7, good.register);
    }

    @Test
    void aDeviceThatDoesNotComeBackInTimeStopsTheMachine() throws Exception {
        machine = new ControlledMachine(Configs.settings("deviceReturnSeconds", 1), fakes, fakes);
        Fakes.FakeDevice old = plugged("disk0");
        machine.start();
        machine.departing(old);
        assertTrue(machine.awaitStopped(20, TimeUnit.SECONDS));
        MachineOutcome.Failed failed = (MachineOutcome.Failed) machine.outcome();
        assertTrue(failed.message().contains("device disk0 did not come back within 1 s"));
    }

    @Test
    void aDeviceOfAMachineThatIsNotRunningComesAndGoesFreely() throws Exception {
        Fakes.FakeDevice device = plugged("disk0");
        machine.arrived(device);
        machine.departing(device);
        assertEquals(MachineState.DEFINED, machine.state());
    }
}
