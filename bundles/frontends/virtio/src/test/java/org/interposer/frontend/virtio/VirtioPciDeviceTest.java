package org.interposer.frontend.virtio;

import static org.interposer.frontend.virtio.testkit.GuestRing.Part.in;
import static org.interposer.frontend.virtio.testkit.GuestRing.Part.out;
import static org.interposer.frontend.virtio.testkit.VirtioDriver.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import org.interposer.api.frontend.DeviceException;
import org.interposer.api.state.StateException;
import org.interposer.api.state.StateRecord;
import org.interposer.frontend.virtio.testkit.FakeFunction;
import org.interposer.frontend.virtio.testkit.FakeHost;
import org.interposer.frontend.virtio.testkit.FakeMemory;
import org.interposer.frontend.virtio.testkit.GuestRing;
import org.interposer.frontend.virtio.testkit.VirtioDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class VirtioPciDeviceTest {
    private static final long RINGS = 0x1_0000;
    private static final long BUFFER = 0x20_0000;
    private static final long EVENT_IDX = Features.EVENT_IDX | Features.INDIRECT_DESC;

    private final FakeMemory memory = new FakeMemory(4 << 20);
    private final FakeHost host = new FakeHost(memory);
    private final EchoModel model = new EchoModel(2);
    private VirtioPciDevice device;
    private VirtioDriver driver;

    @BeforeEach
    void plug() throws DeviceException {
        device = VirtioPciDevice.plug("echo0", model, host, VirtioOptions.DEFAULT);
        function().guest().setConfig(4, 2, 4);
        driver = new VirtioDriver(function().guest());
    }

    @AfterEach
    void unplug() {
        model.keep = false;
        device.close();
        assertEquals(List.of(), host.failures());
        assertTrue(host.threads().stream().noneMatch(Thread::isAlive));
        assertTrue(function().closed());
    }

    private FakeFunction function() {
        return host.function();
    }

    private void echo(int queue, int value) {
        memory.poke(BUFFER, (byte) value, (byte) (value + 1));
        driver.ring(queue).add(out(BUFFER, 2), in(BUFFER + 0x100, 2));
        driver.kick(queue);
        assertEquals(2, driver.awaitUsed(queue).length());
        assertArrayEquals(
                new byte[] {(byte) value, (byte) (value + 1)}, memory.peek(BUFFER + 0x100, 2));
    }

    private void staysUnserved() {
        long end = System.nanoTime() + 50_000_000;
        while (System.nanoTime() < end) {
            assertFalse(driver.ring(0).hasUsed());
        }
    }

    @Test
    void itIsAModernDeviceWithAllStructures() {
        assertEquals(0x1af4, function().spec().vendorId());
        assertEquals(0x1040 + 42, function().spec().deviceId());
        assertEquals(3, function().spec().msixVectors());
        for (int type = 1; type <= 5; type++) {
            assertTrue(driver.capability(type) >= 0x40, "structure " + type);
        }
        assertEquals(EchoModel.FEATURE | Features.TRANSPORT, driver.offered());
        assertEquals(2, driver.common(0x12, 2));
        assertEquals(0x0605_0403, driver.read(4, 2, 4));
    }

    @Test
    void bytesGoRoundOnBothQueues() {
        driver.start(memory, RINGS, 2, 64, 0);
        echo(0, 10);
        echo(1, 20);
        echo(0, 30);
        await(() -> function().messages(1) == 2, "interrupts of queue 0");
        await(() -> function().messages(2) == 1, "interrupt of queue 1");
        assertEquals(0, function().messages(0));
    }

    @Test
    void aDriverMayUseASmallerQueue() {
        driver.start(memory, RINGS, 1, 4, EVENT_IDX);
        for (int i = 0; i < 100; i++) {
            driver.ring(0).interruptAtNext();
            echo(0, i);
            // A driver that asks for the next one before may have seen the used element in time.
            long interrupts = i + 1;
            await(() -> function().messages(1) == interrupts, "an interrupt each");
        }
    }

    @Test
    void featuresAreRefusedWithoutVersion1OrWhenTheyWereNotOffered() {
        assertFalse(driver.negotiate(EchoModel.FEATURE));
        driver.status(VirtioDriver.DRIVER_OK);
        assertEquals(0, driver.status() & VirtioDriver.DRIVER_OK);
        driver.reset();
        assertFalse(driver.negotiate(Features.VERSION_1 | 1L << 40));
        driver.reset();
        assertTrue(driver.negotiate(Features.VERSION_1 | EchoModel.FEATURE));
        assertEquals(Features.VERSION_1 | EchoModel.FEATURE, model.negotiated);
        driver.common(0x0c, 4, 0xffff_ffffL);
        assertEquals(1, driver.common(0x0c, 4), "accepted features stay");
    }

    @Test
    void impossibleQueueSizesAndVectorsReadBackAsRefused() {
        driver.negotiate(Features.VERSION_1);
        driver.common(0x18, 2, 48);
        assertEquals(64, driver.common(0x18, 2));
        driver.common(0x18, 2, 128);
        assertEquals(64, driver.common(0x18, 2));
        driver.common(0x18, 2, 32);
        assertEquals(32, driver.common(0x18, 2));
        driver.common(0x1a, 2, 3);
        assertEquals(0xffff, driver.common(0x1a, 2));
        driver.common(0x16, 2, 2);
        assertEquals(0, driver.common(0x18, 2), "a queue that does not exist has size 0");
    }

    @Test
    void withoutMsixThePinIsRaisedUntilTheIsrIsRead() {
        function().useMsix(false);
        driver.start(memory, RINGS, 1, 8, 0);
        echo(0, 1);
        await(function()::intx, "pin raised");
        assertEquals(1, driver.read(3, 0, 1));
        assertFalse(function().intx());
        assertEquals(0, driver.read(3, 0, 1));
    }

    @Test
    void aKickOfAnotherSizeRingsToo() {
        driver.start(memory, RINGS, 1, 8, 0);
        driver.ring(0).add(out(BUFFER, 1), in(BUFFER, 1));
        driver.ring(0, 4);
        driver.awaitUsed(0);
    }

    @Test
    void theRegistersCanBeReachedThroughConfigurationSpace() {
        int access = driver.capability(5);
        var guest = function().guest();
        guest.setConfig(access + 4, 1, 4);
        guest.setConfig(access + 8, 4, driver.offset(1) + 0x12);
        guest.setConfig(access + 12, 4, 2);
        assertEquals(2, guest.config(access + 16, 2), "number of queues");

        guest.setConfig(access + 8, 4, driver.offset(1) + 0x14);
        guest.setConfig(access + 12, 4, 1);
        guest.setConfig(access + 16, 1, VirtioDriver.ACKNOWLEDGE);
        assertEquals(VirtioDriver.ACKNOWLEDGE, driver.status());

        guest.setConfig(access + 8, 4, 0xffff_fffc);
        guest.setConfig(access + 12, 4, 4);
        guest.setConfig(access + 16, 4, -1);
        assertEquals(-1, guest.config(access + 16, 4), "outside: nothing happens");
    }

    @Test
    void aChangeOfConfigurationInterruptsAndHasANewGeneration() {
        driver.start(memory, RINGS, 1, 8, 0);
        long before = driver.common(0x15, 1);
        device.updateConfig(new byte[] {9, 9, 9, 9, 9, 9});
        assertEquals(1, function().messages(0));
        assertEquals(before + 1, driver.common(0x15, 1));
        assertEquals(0x0909, driver.config(0, 2));
        driver.write(4, 2, 1, 7);
        assertEquals(0x2_0007L, model.written);
    }

    @Test
    void aBrokenRingAsksForAResetAndAfterItAllIsWell() {
        driver.start(memory, RINGS, 2, 8, 0);
        driver.ring(0).offer(77);
        driver.ring(0, 2);
        await(driver::needsReset, "needs reset");
        await(() -> function().messages(0) == 1, "config interrupt");
        driver.ring(1).add(out(BUFFER, 1), in(BUFFER, 1));
        driver.ring(1, 2);
        assertEquals(1, device.metrics(0).errors());
        assertFalse(driver.ring(1).hasUsed(), "no queue is served any more");

        driver.start(memory, RINGS, 2, 8, EVENT_IDX);
        echo(0, 1);
        echo(1, 2);
    }

    @Test
    void ringsThatAreNotMemoryAskForAReset() {
        driver.negotiate(Features.VERSION_1);
        driver.setQueue(0, new QueueAddresses(8, 1L << 40, 0, 0), 1);
        assertTrue(driver.needsReset());
        driver.reset();
        assertEquals(0, driver.status());
    }

    @Test
    void aResetWaitsForChainsInFlight() {
        driver.start(memory, RINGS, 2, 8, 0);
        model.keep = true;
        driver.ring(0).add(out(BUFFER, 1), in(BUFFER, 1));
        driver.kick(0);
        await(() -> model.kept.get() == 1, "chain in flight");
        int resetsBefore = model.resets.get();

        driver.common(0x14, 1, 0);
        assertTrue(driver.status() != 0, "the driver has to wait");
        driver.common(0x16, 2, 0);
        assertEquals(1, driver.common(0x16, 2), "and can set up nothing");
        assertEquals(resetsBefore, model.resets.get());

        model.keep = false;
        device.wakeAll();
        await(() -> driver.status() == 0, "reset");
        assertEquals(resetsBefore + 1, model.resets.get());
        driver.start(memory, RINGS, 2, 8, 0);
        echo(0, 5);
    }

    @Test
    void theMachinesResetLeavesTheStateAfterPowerOn() {
        driver.start(memory, RINGS, 2, 8, 0);
        echo(0, 5);
        device.reset();
        assertEquals(0, driver.status());
        assertEquals(0, driver.common(0x1c, 2));
        assertFalse(function().busMaster());
    }

    @Test
    void aQuietDeviceTouchesNothingUntilItIsResumed() {
        driver.start(memory, RINGS, 2, 8, 0);
        device.quiesce();
        driver.ring(0).add(out(BUFFER, 1), in(BUFFER, 1));
        driver.kick(0);
        staysUnserved();
        device.resume();
        driver.awaitUsed(0);
    }

    @Test
    void aStalledQueueGoesOnWhenItIsWoken() {
        driver.start(memory, RINGS, 1, 8, EVENT_IDX);
        model.stall = true;
        driver.ring(0).add(out(BUFFER, 1), in(BUFFER, 1));
        driver.kick(0);
        await(() -> device.metrics(0).stalls() > 0, "stall");
        assertFalse(driver.ring(0).hasUsed());
        model.stall = false;
        device.wake(0);
        driver.awaitUsed(0);
    }

    @Test
    void withoutBusMasteringNothingIsTouched() {
        driver.start(memory, RINGS, 1, 8, 0);
        function().guest().setConfig(4, 2, 0);
        driver.ring(0).add(out(BUFFER, 1), in(BUFFER, 1));
        driver.kick(0);
        staysUnserved();
        function().guest().setConfig(4, 2, 4);
        driver.awaitUsed(0);
    }

    @Test
    void aSavedDeviceGoesOnInAnotherInstance() throws DeviceException {
        driver.start(memory, RINGS, 2, 8, EVENT_IDX);
        for (int i = 0; i < 11; i++) {
            echo(0, i);
        }
        echo(1, 99);
        device.quiesce();
        driver.ring(0).interruptAtNext();
        driver.ring(0).add(out(BUFFER, 1), in(BUFFER + 0x200, 1));
        driver.kick(0);
        StateRecord state = device.save();
        device.close();

        EchoModel successor = new EchoModel(2);
        device = VirtioPciDevice.plug("echo0", successor, host, VirtioOptions.DEFAULT);
        device.quiesce();
        device.restore(state);
        driver = driver.movedTo(function().guest());
        assertEquals(state, device.save());
        assertEquals(0xf, driver.status());
        device.resume();
        driver.awaitUsed(0);
        await(() -> function().messages(1) == 1, "interrupt");
        echo(0, 3);
        echo(1, 4);
        assertEquals(Features.VERSION_1 | EVENT_IDX, successor.negotiated);
    }

    @Test
    void stateOfAnotherShapeIsRefusedWithTheReason() throws DeviceException {
        device.quiesce();
        StateRecord state = device.save();
        device.resume();
        VirtioPciDevice other =
                VirtioPciDevice.plug("echo1", new EchoModel(1), host, VirtioOptions.DEFAULT);
        other.quiesce();
        String why = assertThrows(StateException.class, () -> other.restore(state)).getMessage();
        assertTrue(why.contains("configure it as it was"), why);
        StateRecord newer = new StateRecord("virtio.pci", 2, state.fields());
        assertThrows(StateException.class, () -> other.restore(newer));
        other.resume();
        other.close();
    }

    @Test
    void aSlotThatDoesNotExistIsRefusedWithTheName() {
        VirtioOptions options = VirtioOptions.DEFAULT.in(OptionalInt.of(40));
        String why =
                assertThrows(
                                DeviceException.class,
                                () -> VirtioPciDevice.plug("echo9", model, host, options))
                        .getMessage();
        assertTrue(why.startsWith("echo9: slot"), why);
    }

    @Test
    void aPollingQueueNeedsNoKick() throws DeviceException {
        device.close();
        device =
                VirtioPciDevice.plug(
                        "echo0",
                        model,
                        host,
                        new VirtioOptions(
                                OptionalInt.empty(), 2_000_000_000L, Duration.ofSeconds(60)));
        driver = new VirtioDriver(function().guest());
        driver.start(memory, RINGS, 1, 8, 0);
        for (int i = 0; i < 20; i++) {
            driver.ring(0).add(out(BUFFER, 1), in(BUFFER, 1));
            driver.awaitUsed(0);
        }
        assertTrue(device.metrics(0).notifications() < 5);
    }

    @Test
    void manyRequestsOnBothQueuesAllComeBack() {
        driver.start(memory, RINGS, 2, 64, EVENT_IDX);
        int[] done = new int[2];
        int[] sent = new int[2];
        while (done[0] + done[1] < 40_000) {
            for (int q = 0; q < 2; q++) {
                GuestRing ring = driver.ring(q);
                while (ring.free() >= 2 && sent[q] < 20_000) {
                    ring.addIndirect(out(BUFFER, 16), in(BUFFER + 0x1000 * (q + 1), 16));
                    sent[q]++;
                }
                driver.kick(q);
                while (ring.poll().isPresent()) {
                    done[q]++;
                }
            }
        }
        assertEquals(20_000, device.metrics(0).requests());
        assertFalse(driver.needsReset());
    }

    @Test
    void aThreadThatWakesDuringAResetNeverServesTheOldRing() throws InterruptedException {
        AtomicBoolean over = new AtomicBoolean();
        Thread waker =
                new Thread(
                        () -> {
                            while (!over.get()) {
                                device.wakeAll();
                            }
                        });
        waker.start();
        long spread = (GuestRing.bytes(8) + 4095) & ~4095L;
        for (int i = 0; i < 3000; i++) {
            driver.reset();
            // Who looks at the old ring now finds an index that no driver writes.
            byte[] poison = {0, 0, (byte) 0xf0, (byte) 0xf0};
            memory.poke(RINGS + (i & 1) * spread + 16 * 8, poison);
            driver.start(memory, RINGS + (i + 1 & 1) * spread, 1, 8, 0);
            driver.ring(0).add(out(BUFFER, 1), in(BUFFER, 1));
            driver.kick(0);
            driver.awaitUsed(0);
            assertFalse(driver.needsReset(), "round " + i);
        }
        over.set(true);
        waker.join();
    }
}
