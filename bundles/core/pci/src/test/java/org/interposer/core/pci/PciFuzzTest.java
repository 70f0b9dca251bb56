package org.interposer.core.pci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.IoBus;
import org.interposer.api.pci.PciFunction;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A guest that writes anything anywhere. */
final class PciFuzzTest extends PciFixture {
    private static final long[] NASTY = {
        0,
        0xFFFF_FFFFL,
        0x1000,
        0xA_0000,
        0xFEC0_0000L,
        0xFEE0_0000L,
        ECAM,
        0xE000_0000L,
        0xCF8,
        0x3F8,
        0x8000_0000L
    };

    private static final long IOAPIC = 0xFEC0_0000L;
    private static final long HPET = 0xE800_0000L;

    private final List<PciFunction> functions = new ArrayList<>();
    private final Registers ioapic = new Registers(0x10);
    private final Registers hpet = new Registers(0x20);
    private final Registers serial = new Registers(0x40);
    private final CountingEvent event = new CountingEvent();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void nothingAGuestWritesThrowsHangsOrTakesAwayThePlatform(long seed) {
        bus.map(AddressSpace.MMIO, IOAPIC, 0x1000, IoBus.PRIORITY_PLATFORM, "ioapic", ioapic);
        bus.map(AddressSpace.MMIO, HPET, 0x1000, IoBus.PRIORITY_PLATFORM, "hpet", hpet);
        bus.map(AddressSpace.PORT, 0x3F8, 8, IoBus.PRIORITY_PLATFORM, "serial", serial);
        for (int i = 0; i < 4; i++) {
            PciFunction function = attach("device" + i);
            function.mapDoorbell(2, 0x3000, 0, OptionalLong.empty(), event);
            function.mapDoorbell(0, 0, 4, OptionalLong.of(1), event);
            functions.add(function);
        }
        host.assignResources();
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(60), () -> run(new Random(seed)));
    }

    private void run(Random random) {
        for (int step = 0; step < 20_000; step++) {
            try {
                act(random);
            } catch (RuntimeException e) {
                throw new AssertionError("step " + step, e);
            }
            if (step % 500 == 0) {
                checkPlatform();
            }
        }
        checkPlatform();
        checkDevicesStillWork();
    }

    private void act(Random random) {
        int bdf = random.nextInt(4) == 0 ? random.nextInt(0x10000) : random.nextInt(6) << 3;
        int size = 1 << random.nextInt(3);
        long value = random.nextBoolean() ? random.nextInt() : NASTY[random.nextInt(NASTY.length)];
        PciFunction function = functions.get(random.nextInt(functions.size()));
        switch (random.nextInt(8)) {
            case 0, 1 -> write(bdf, random.nextInt(256) & -size, size, value);
            case 2, 3 -> write(bdf, 0x10 + 4 * random.nextInt(6), 4, value);
            case 4 -> write(bdf, 4, 2, random.nextInt(8));
            case 5 -> mmio(ECAM + (random.nextInt() & 0xFFF_FFFF), size, value);
            case 6 -> {
                int bar = new int[] {0, 1, 2, 4}[random.nextInt(4)];
                OptionalLong at = function.barAddress(bar);
                if (at.isPresent() && bar != 4) {
                    mmio(at.getAsLong() + random.nextInt(4096), size, value);
                    mmio(at.getAsLong() + random.nextInt(4096), 1 << random.nextInt(4));
                }
            }
            default -> {
                function.setIntx(random.nextBoolean());
                function.signalMsix(random.nextInt(5));
                read(bdf, random.nextInt(256), size);
            }
        }
    }

    private void checkPlatform() {
        int signals = event.signals;
        assertEquals(0x10, mmio(IOAPIC, 1));
        assertEquals(0x20, mmio(HPET, 1));
        assertEquals(0x41, in(0x3F9, 1));
        assertEquals(0x1237_8086L, mmio(ECAM, 4));
        assertEquals(0x1237_8086, read(0, 0, 4));
        mmio(HPET, 4, 0x1234);
        mmio(IOAPIC, 4, 0x4321);
        out(0x3F8, 1, 0x55);
        assertEquals(0x1234, hpet.value);
        assertEquals(0x4321, ioapic.value);
        assertEquals(0x55, serial.value);
        assertEquals(signals, event.signals, "no doorbell rings for a platform register");
    }

    private void checkDevicesStillWork() {
        host.reset();
        host.assignResources();
        PciFunction function = functions.get(3);
        assertEquals(0x1004, mmio(function.barAddress(0).orElseThrow() + 4, 4));
        int before = event.signals;
        mmio(function.barAddress(2).orElseThrow() + 0x3000, 2, 0);
        assertEquals(before + 1, event.signals);
        function.setIntx(false);
        function.setIntx(true);
        assertTrue(irq.level(host.gsi(5, 1)));
    }
}
