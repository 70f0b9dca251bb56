package org.interposer.core.pci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalLong;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.Mapping;
import org.interposer.api.pci.PciFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BarTest extends PciFixture {
    private final PciFunction disk = attach("disk");
    private final int bdf = disk.bdf();

    @Test
    void writingAllOnesShowsTheSize() {
        write(bdf, BAR0, 4, 0xFFFF_FFFFL);
        write(bdf, BAR2, 4, 0xFFFF_FFFFL);
        write(bdf, BAR2 + 4, 4, 0xFFFF_FFFFL);
        write(bdf, 0x20, 4, 0xFFFF_FFFFL);
        write(bdf, 0x24, 4, 0xFFFF_FFFFL);
        assertEquals(0xFFFF_0000, read(bdf, BAR0, 4));
        assertEquals(0xFFFF_C00C, read(bdf, BAR2, 4), "64 bits, prefetchable");
        assertEquals(-1, read(bdf, BAR2 + 4, 4));
        assertEquals(0xFFFF_FFE1, read(bdf, 0x20, 4), "ports");
        assertEquals(0, read(bdf, 0x24, 4), "not implemented");
        assertEquals(0xFFFF_F000, sizeOf(0x14), "MSI-X");
    }

    private int sizeOf(int register) {
        write(bdf, register, 4, 0xFFFF_FFFFL);
        return read(bdf, register, 4);
    }

    @Test
    void registersAnswerWhereTheBarPointsWhileDecodingIsOn() {
        write(bdf, BAR0, 4, 0xE123_0000L);
        assertEquals(0xFFFF_FFFFL, mmio(0xE123_0004L, 4));
        command(disk, 2);
        assertEquals(0x1004, mmio(0xE123_0004L, 4));
        assertEquals(OptionalLong.of(0xE123_0000L), disk.barAddress(0));
        mmio(0xE123_0010L, 2, 0xBEEF);
        assertEquals(0x10, memory.offset);
        assertEquals(0xBEEF, memory.value);
        command(disk, 0);
        assertEquals(0xFFFF_FFFFL, mmio(0xE123_0004L, 4));
        assertEquals(OptionalLong.empty(), disk.barAddress(0));
    }

    @Test
    void aBarMovesWhileItIsInUse() {
        command(disk, 3);
        write(bdf, BAR0, 4, 0xE000_0000L);
        write(bdf, BAR0, 4, 0xF000_0000L);
        assertEquals(0xFFFF_FFFFL, mmio(0xE000_0000L, 4));
        assertEquals(0x1000, mmio(0xF000_0000L, 4));
        write(bdf, 0x20, 4, 0xC001);
        assertEquals(0x33, in(0xC003, 1));
        write(bdf, 0x20, 4, 0xD020);
        assertEquals(0xFF, in(0xC003, 1));
        assertEquals(0x30, in(0xD020, 1));
    }

    @Test
    void a64BitBarGoesAbove4Gib() {
        command(disk, 2);
        write(bdf, BAR2, 4, 0x4000);
        write(bdf, BAR2 + 4, 4, 0x80);
        assertEquals(0x2008, mmio(0x80_0000_4008L, 4));
        assertEquals(OptionalLong.of(0x80_0000_4000L), disk.barAddress(2));
        write(bdf, BAR2 + 4, 4, 0xFFFF_FFFFL);
        assertEquals(OptionalLong.empty(), disk.barAddress(2), "beyond every processor's reach");
    }

    @ParameterizedTest
    @ValueSource(longs = {0xFEC0_0000L, 0xFEE0_0000L, 0xFFFF_0000L, 0, 0xFFFF_FFFFL})
    void platformAddressesAreNotDecoded(long base) {
        command(disk, 2);
        write(bdf, BAR0, 4, base);
        assertEquals(OptionalLong.empty(), disk.barAddress(0));
    }

    @Test
    void aBarOverAPlatformDeviceShadowsNeitherItNorItsDoorbellRegisters() {
        Registers platform = new Registers(0x70);
        bus.map(AddressSpace.MMIO, 0xFED0_0000L - 0x1000_0000, 16, 100, "platform", platform);
        CountingEvent event = new CountingEvent();
        disk.mapDoorbell(0, 8, 0, OptionalLong.empty(), event);
        command(disk, 2);
        write(bdf, BAR0, 4, 0xEED0_0000L);
        assertEquals(0x78, mmio(0xEED0_0008L, 1));
        mmio(0xEED0_0008L, 4, 5);
        assertEquals(5, platform.value);
        assertEquals(0, event.signals);
        assertEquals(0x1010, mmio(0xEED0_0010L, 4), "behind the platform device");
        write(bdf, BAR0, 4, 0xE000_0000L);
        mmio(0xE000_0008L, 4, 1);
        assertEquals(1, event.signals, "the doorbell is back");
    }

    @Test
    void aBarOverEcamOrConfigPortsLeavesThemInPlace() {
        command(disk, 3);
        write(bdf, BAR0, 4, ECAM);
        write(bdf, 0x20, 4, 0xCE0);
        assertEquals(0x1237_8086L, mmio(ECAM, 4));
        assertEquals(0x1237_8086, read(0, 0, 4));
    }

    @Test
    void doorbellsFollowTheBar() {
        CountingEvent event = new CountingEvent();
        Mapping bell = disk.mapDoorbell(2, 0x3004, 2, OptionalLong.of(1), event);
        mmio(0xE000_3004L, 2, 1);
        assertEquals(0, event.signals, "not decoded yet");
        write(bdf, BAR2, 4, 0xE000_0000L);
        command(disk, 2);
        mmio(0xE000_3004L, 2, 1);
        assertEquals(1, event.signals);
        write(bdf, BAR2, 4, 0xE100_0000L);
        mmio(0xE000_3004L, 2, 1);
        assertEquals(1, event.signals);
        mmio(0xE100_3004L, 2, 2);
        assertEquals(1, event.signals, "another value is an ordinary write");
        assertEquals(2, wide.value);
        mmio(0xE100_3004L, 2, 1);
        assertEquals(2, event.signals);
        bell.close();
        mmio(0xE100_3004L, 2, 1);
        assertEquals(2, event.signals);
    }

    @Test
    void closingTakesEverythingOffTheBus() {
        int before = bus.ranges().size();
        host.assignResources();
        assertTrue(bus.ranges().size() > before);
        disk.close();
        disk.close();
        assertEquals(before, bus.ranges().size());
        assertEquals(-1, read(bdf, 0, 4));
    }

    @Test
    void closingTheHostLeavesAnEmptyBus() {
        host.assignResources();
        host.close();
        assertEquals(0, bus.ranges().size());
    }

    @Test
    void firmwareAssignsEveryBarWithoutOverlapAndEnablesDecoding() {
        PciFunction second = attach("second");
        host.assignResources();
        for (PciFunction function : new PciFunction[] {disk, second}) {
            for (int bar : new int[] {0, 1, 2}) {
                long at = function.barAddress(bar).orElseThrow();
                assertTrue(at >= 0xE000_0000L && at < 0xFE00_0000L, Long.toHexString(at));
                assertEquals(0, at % 4096);
            }
            assertTrue(function.barAddress(4).orElseThrow() >= 0xC000);
            assertEquals(3, function.config(4, 2), "ports and memory, not bus master");
        }
        long ranges =
                bus.ranges().stream()
                        .filter(r -> !r.owner().startsWith("pci-"))
                        .map(r -> r.space() + " " + r.base())
                        .distinct()
                        .count();
        assertEquals(8, ranges);
        assertEquals(host.gsi(2, 1), disk.config(0x3C, 1));
        assertEquals(11, disk.config(0x3C, 1));
    }

    @Test
    void assigningAgainKeepsWhatIsAssigned() {
        write(bdf, BAR0, 4, 0xE000_0000L);
        host.assignResources();
        assertEquals(OptionalLong.of(0xE000_0000L), disk.barAddress(0));
        long wide = disk.barAddress(2).orElseThrow();
        host.assignResources();
        assertEquals(OptionalLong.of(wide), disk.barAddress(2));
    }

    @Test
    void theListingShowsAddresses() {
        host.assignResources();
        String text = host.nodes().get(2).bars().toString();
        assertTrue(text.contains("BAR 2: 64-bit memory, prefetchable at 0xe00"), text);
        assertTrue(text.contains("BAR 4: ports at 0xc000, 32 bytes"), text);
        assertEquals("00:02.0", host.nodes().get(2).address());
        assertEquals(IoBus.PRIORITY_BAR, 0);
    }
}
