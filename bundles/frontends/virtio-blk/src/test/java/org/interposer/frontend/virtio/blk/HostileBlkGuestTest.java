package org.interposer.frontend.virtio.blk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.interposer.api.frontend.DeviceException;
import org.interposer.frontend.virtio.testkit.FakeHost;
import org.interposer.frontend.virtio.testkit.FakeMemory;
import org.interposer.frontend.virtio.testkit.GuestRing.Part;
import org.interposer.frontend.virtio.testkit.HostileGuest;
import org.interposer.frontend.virtio.testkit.VirtioDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each case has a seed that its message names. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class HostileBlkGuestTest {
    private static final int SECTORS = 256;

    private final FakeMemory memory = new FakeMemory(2 << 20);
    private final FakePort port = new FakePort(SECTORS);
    private final FakeHost host = new FakeHost(memory, spec -> port);
    private final VirtioBlk device =
            new VirtioBlk(VirtioBlkTest.settings(2), (machine, id, chain) -> {});
    private BlkGuest guest;

    @BeforeEach
    void plug() throws DeviceException {
        port.quiet = true;
        device.realize(host);
    }

    @AfterEach
    void unplug() {
        device.unrealize();
        assertEquals(List.of(), host.failures());
    }

    private void start(long seed) {
        host.function().guest().setConfig(4, 2, 4);
        VirtioDriver driver = new VirtioDriver(host.function().guest());
        long chosen =
                seed % 4 == 0 ? driver.offered() : driver.offered() & new Random(seed).nextLong();
        driver.start(memory, BlkGuest.RINGS, 2, BlkGuest.QUEUE_SIZE, chosen);
        guest = new BlkGuest(memory, driver);
    }

    private void oddRequest(Random random, int slot) {
        int[] types = {0, 1, 4, 8, 11, 13, 14, 99, -1};
        long[] sectors = {0, 1, SECTORS - 1, SECTORS, -1, Long.MAX_VALUE, Long.MIN_VALUE, 7};
        Part head =
                guest.head(
                        slot,
                        types[random.nextInt(types.length)],
                        sectors[random.nextInt(sectors.length)]);
        int[] lengths = {1, 15, 16, 17, 511, 512, 1024, 4096, 65536, 131072};
        long data = BlkGuest.DATA + random.nextInt(1 << 18);
        boolean write = random.nextBoolean();
        int length = lengths[random.nextInt(lengths.length)];
        Part middle = new Part(data, length, write);
        if (guest.driver.ring(slot & 1).free() < 4) {
            return;
        }
        switch (random.nextInt(5)) {
            case 0 -> guest.driver.ring(slot & 1).add(head, BlkGuest.tail(slot));
            case 1 -> guest.driver.ring(slot & 1).add(Part.out(data, 1 + random.nextInt(40)));
            case 2 -> guest.driver.ring(slot & 1).add(Part.in(data, 1 + random.nextInt(40)));
            default -> guest.driver.ring(slot & 1).addIndirect(head, middle, BlkGuest.tail(slot));
        }
    }

    @Test
    void whateverAGuestAsksTheDiskCanBeResetAndUsedAgain() {
        for (long seed = 0; seed < 4000; seed++) {
            start(seed);
            Random random = new Random(seed);
            for (int i = 0; i < seed % 20; i++) {
                oddRequest(random, i);
            }
            if (seed % 2 == 0) {
                new HostileGuest(
                                seed, memory, host.function(), guest.driver, 2, BlkGuest.QUEUE_SIZE)
                        .act((int) (seed % 16));
            } else {
                guest.driver.ring(0, 2);
                guest.driver.ring(1, 2);
            }
            assertEquals(List.of(), host.failures(), "seed " + seed);
            if (seed % 40 == 0) {
                start(0);
                assertEquals(0, guest.write(3, BlkGuest.DATA, 512), "seed " + seed);
            }
        }
        assertTrue(device.metrics().get("queue0.requests") > 1000);
        assertTrue(device.metrics().get("queue1.errors") > 100);
    }
}
