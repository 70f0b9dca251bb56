package org.interposer.core.timers;

import static org.interposer.api.bus.AddressSpace.PORT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.interposer.api.frontend.Frontend;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HostileGuestTest {
    private static final int[] PORTS = {
        0x40, 0x41, 0x42, 0x43, 0x61, 0x70, 0x71, 0x600, 0x601, 0x602, 0x604, 0x608
    };
    private static final int[] SIZES = {1, 1, 1, 2, 4, 8};

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void randomAccessesNeitherThrowNorHangNorFloodInterrupts(long seed) {
        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> play(new Random(seed)));
    }

    private static void play(Random random) throws Exception {
        Bench bench = new Bench();
        List<Frontend> devices =
                new ComponentPlatformDevices().create("hostile", random.nextLong() >>> 20);
        for (Frontend device : devices) {
            device.realize(bench);
        }
        for (int i = 0; i < 50_000; i++) {
            int port = PORTS[random.nextInt(PORTS.length)];
            int size = SIZES[random.nextInt(SIZES.length)];
            if (random.nextBoolean()) {
                bench.write(PORT, port, size, random.nextLong());
            } else {
                bench.read(PORT, port, size);
            }
            int edges = bench.irq(0).edges;
            long step = random.nextInt(1000) == 0 ? 2_000_000_000L : random.nextInt(2_000);
            bench.clock.advance(step);
            long most = 2 + step / Pit.MIN_INTERVAL_NANOS;
            assertTrue(bench.irq(0).edges - edges <= most, "PIT edges in " + step + " ns");
            if (random.nextInt(2000) == 0) {
                for (Frontend device : devices) {
                    device.restore(device.save());
                    assertEquals(device.save(), device.save());
                }
            }
        }
    }
}
