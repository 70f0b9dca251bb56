package org.interposer.frontend.virtio.rng;

import static org.interposer.frontend.virtio.testkit.GuestRing.Part.in;
import static org.interposer.frontend.virtio.testkit.GuestRing.Part.out;
import static org.interposer.frontend.virtio.testkit.VirtioDriver.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.annotation.Annotation;
import java.util.Arrays;
import java.util.List;
import org.interposer.api.frontend.DeviceException;
import org.interposer.api.state.StateRecord;
import org.interposer.frontend.virtio.testkit.FakeHost;
import org.interposer.frontend.virtio.testkit.FakeMemory;
import org.interposer.frontend.virtio.testkit.VirtioDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class VirtioRngTest {
    private static final long BUFFER = 0x10_0000;

    private final FakeMemory memory = new FakeMemory(4 << 20);
    private final FakeHost host = new FakeHost(memory);
    private VirtioRng device = new VirtioRng(config(0, 1000));
    private VirtioDriver driver;

    private static RngConfig config(long maxBytes, int periodMs) {
        return new RngConfig() {
            @Override
            public Class<? extends Annotation> annotationType() {
                return RngConfig.class;
            }

            @Override
            public String machine() {
                return "m";
            }

            @Override
            public String id() {
                return "rng0";
            }

            @Override
            public long maxBytes() {
                return maxBytes;
            }

            @Override
            public int periodMs() {
                return periodMs;
            }

            @Override
            public int pciSlot() {
                return -1;
            }
        };
    }

    private void start() throws DeviceException {
        device.realize(host);
        driver = new VirtioDriver(host.function().guest());
        driver.start(memory, 0x1000, 1, 8, 0);
    }

    @AfterEach
    void unplug() {
        device.unrealize();
        device.unrealize();
        assertEquals(List.of(), host.failures());
    }

    private int ask(int bytes) {
        driver.ring(0).add(in(BUFFER, bytes));
        driver.kick(0);
        return driver.awaitUsed(0).length();
    }

    @Test
    void theGuestGetsRandomBytes() throws DeviceException {
        start();
        assertEquals(256, ask(256));
        byte[] first = memory.peek(BUFFER, 256);
        assertEquals(256, ask(256));
        assertFalse(Arrays.equals(first, memory.peek(BUFFER, 256)));
        assertArrayEquals(new byte[16], memory.peek(BUFFER + 256, 16), "and no more than asked");
        assertEquals(512, device.metrics().get("bytes"));
    }

    @Test
    void aHugeBufferGetsAPart() throws DeviceException {
        start();
        assertEquals(EntropyQueue.MOST, ask(1 << 20));
    }

    @Test
    void overTheLimitRequestsWaitForTheNextPeriod() throws DeviceException {
        device = new VirtioRng(config(100, 1000));
        start();
        assertEquals(60, ask(60));
        assertEquals(40, ask(60));
        driver.ring(0).add(in(BUFFER, 60));
        driver.kick(0);
        await(() -> host.clock().armed() > 0, "wait for the next period");
        assertFalse(driver.ring(0).hasUsed());
        host.clock().advance(999_000_000);
        assertFalse(driver.ring(0).hasUsed());
        host.clock().advance(1_000_000);
        assertEquals(60, driver.awaitUsed(0).length());
    }

    @Test
    void aReadableRequestIsAnErrorOfTheGuest() throws DeviceException {
        start();
        driver.ring(0).add(out(BUFFER, 16));
        driver.kick(0);
        await(driver::needsReset, "needs reset");
    }

    @Test
    void aRequestThatWaitsIsServedByTheSuccessor() throws DeviceException {
        device = new VirtioRng(config(10, 1000));
        start();
        ask(10);
        driver.ring(0).add(in(BUFFER, 10));
        driver.kick(0);
        await(() -> host.clock().armed() > 0, "wait for the next period");
        device.quiesce();
        StateRecord state = device.save();
        device.unrealize();

        device = new VirtioRng(config(10, 1000));
        device.realize(host);
        device.quiesce();
        device.restore(state);
        device.resume();
        driver = driver.movedTo(host.function().guest());
        assertEquals(10, driver.awaitUsed(0).length());
    }

    @Test
    void anImpossibleLimitIsRefusedWithTheWayOut() {
        String why =
                assertThrows(IllegalArgumentException.class, () -> new VirtioRng(config(-1, 1000)))
                        .getMessage();
        assertTrue(why.startsWith("rng0: maxBytes=-1"), why);
    }
}
