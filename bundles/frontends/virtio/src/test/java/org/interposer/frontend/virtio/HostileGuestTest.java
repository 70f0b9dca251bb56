package org.interposer.frontend.virtio;

import static org.interposer.frontend.virtio.testkit.GuestRing.Part.in;
import static org.interposer.frontend.virtio.testkit.GuestRing.Part.out;
import static org.interposer.frontend.virtio.testkit.VirtioDriver.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.interposer.api.frontend.DeviceException;
import org.interposer.frontend.virtio.testkit.FakeFunction;
import org.interposer.frontend.virtio.testkit.FakeHost;
import org.interposer.frontend.virtio.testkit.FakeMemory;
import org.interposer.frontend.virtio.testkit.HostileGuest;
import org.interposer.frontend.virtio.testkit.VirtioDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each case has a seed that its message names. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class HostileGuestTest {
    private static final int SIZE = 16;
    private static final long RINGS = 0x1_0000;
    private static final long BUFFER = 0x8_0000;

    private final FakeMemory memory = new FakeMemory(1 << 20);
    private final FakeHost host = new FakeHost(memory);
    private final FakeMemory otherMemory = new FakeMemory(1 << 20);
    private final FakeHost otherHost = new FakeHost(otherMemory);
    private VirtioPciDevice device;
    private VirtioPciDevice bystander;
    private VirtioDriver driver;
    private VirtioDriver neighbour;

    @BeforeEach
    void plug() throws DeviceException {
        device = VirtioPciDevice.plug("bad0", new EchoModel(2), host, VirtioOptions.DEFAULT);
        bystander =
                VirtioPciDevice.plug("good0", new EchoModel(1), otherHost, VirtioOptions.DEFAULT);
        otherHost.function().guest().setConfig(4, 2, 4);
        neighbour = new VirtioDriver(otherHost.function().guest());
        neighbour.start(otherMemory, RINGS, 1, SIZE, 0);
    }

    @AfterEach
    void unplug() {
        device.close();
        bystander.close();
        assertEquals(List.of(), host.failures());
        assertEquals(List.of(), otherHost.failures());
    }

    private void start(long seed) {
        FakeFunction function = host.function();
        function.guest().setConfig(4, 2, 4);
        driver = new VirtioDriver(function.guest());
        driver.start(memory, RINGS, 2, SIZE, (seed & 3) << 28);
    }

    private static void roundTrip(VirtioDriver with) {
        with.ring(0).add(out(BUFFER, 8), in(BUFFER + 64, 8));
        with.kick(0);
        assertEquals(8, with.awaitUsed(0).length());
    }

    @Test
    void whateverAGuestWritesTheDeviceCanBeResetAndUsedAgain() {
        for (long seed = 0; seed < 4000; seed++) {
            start(seed);
            new HostileGuest(seed, memory, host.function(), driver, 2, SIZE)
                    .act(1 + (int) (seed % 40));
            assertEquals(List.of(), host.failures(), "seed " + seed);
            if (seed % 20 == 0) {
                start(seed);
                roundTrip(driver);
                roundTrip(neighbour);
            }
        }
        assertEquals(200, bystander.metrics(0).requests());
        assertTrue(
                device.metrics(0).errors() > 300 && device.metrics(1).errors() > 300,
                "most cases break a ring");
    }

    @Test
    void everyBrokenRuleOfARingAsksForAReset() {
        for (long seed = 0; seed < 3000; seed++) {
            start(seed);
            int queue = (int) (seed & 1);
            new HostileGuest(seed, memory, host.function(), driver, 2, SIZE).breakRing(queue);
            await(driver::needsReset, "needs reset, seed " + seed);
        }
        assertFalse(neighbour.needsReset());
        roundTrip(neighbour);
    }

    @Test
    void anyQueueRegistersAreTakenOrAskForAReset() {
        host.function().guest().setConfig(4, 2, 4);
        driver = new VirtioDriver(host.function().guest());
        for (long seed = 0; seed < 2000; seed++) {
            driver.reset();
            driver.negotiate(Features.VERSION_1 | (seed & 3) << 28);
            driver.setQueue(
                    (int) (seed % 3),
                    new HostileGuest(seed, memory, host.function(), driver, 2, SIZE).anyAddresses(),
                    (int) seed);
            driver.status(VirtioDriver.DRIVER_OK);
            driver.write(2, 0, 2, 0);
        }
        start(1);
        roundTrip(driver);
    }
}
