package org.interposer.core.iobus;

import static org.interposer.api.bus.AddressSpace.MMIO;
import static org.interposer.api.bus.AddressSpace.PORT;
import static org.interposer.api.bus.IoBus.PRIORITY_BAR;
import static org.interposer.api.bus.IoBus.PRIORITY_PLATFORM;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.IoHandler;
import org.interposer.api.bus.MappedRange;
import org.interposer.api.bus.Mapping;
import org.junit.jupiter.api.Test;

final class RangeLookupTest {
    private final IoBus bus = new ComponentBusFactory().create();
    private final RecordingHandler first = new RecordingHandler(0x11);
    private final RecordingHandler second = new RecordingHandler(0x22);

    @Test
    void unclaimedAddressesReadAllOnesAndSwallowWrites() {
        bus.write(PORT, 0x80, 1, 0x55);
        assertEquals(0xFF, bus.read(PORT, 0x80, 1));
        assertEquals(0xFFFF, bus.read(PORT, 0x80, 2));
        assertEquals(0xFFFF_FFFFL, bus.read(MMIO, 0xFEC0_0000L, 4));
        assertEquals(-1L, bus.read(MMIO, 0xFEC0_0000L, 8));
    }

    @Test
    void aHandlerGetsOffsetsAndItsValueIsCutToTheAccessSize() {
        bus.map(MMIO, 0x1_0000_0000L, 0x1000, PRIORITY_BAR, "a", first);
        assertEquals(0x1111, bus.read(MMIO, 0x1_0000_0004L, 2));
        bus.write(MMIO, 0x1_0000_0FF8L, 8, -1L);
        bus.write(MMIO, 0x1_0000_0000L, 4, 0x1_2345_6789L);
        assertEquals(List.of("r4/2", "w4088/8=ffffffffffffffff", "w0/4=23456789"), first.calls);
    }

    @Test
    void portsAndMemoryAreSeparateSpaces() {
        bus.map(PORT, 0x40, 4, PRIORITY_PLATFORM, "a", first);
        bus.map(MMIO, 0x40, 4, PRIORITY_PLATFORM, "b", second);
        assertEquals(0x11, bus.read(PORT, 0x40, 1));
        assertEquals(0x22, bus.read(MMIO, 0x40, 1));
    }

    @Test
    void theHigherPriorityShadowsAndWhatItShadowedComesBack() {
        bus.map(MMIO, 0x1000, 0x3000, PRIORITY_BAR, "bar", first);
        Mapping platform = bus.map(MMIO, 0x2000, 0x1000, PRIORITY_PLATFORM, "apic", second);
        assertEquals(0x11, bus.read(MMIO, 0x1FFF, 1));
        assertEquals(0x22, bus.read(MMIO, 0x2000, 1));
        assertEquals(0x22, bus.read(MMIO, 0x2FFF, 1));
        assertEquals(0x11, bus.read(MMIO, 0x3000, 1));
        platform.close();
        platform.close();
        assertEquals(0x11, bus.read(MMIO, 0x2000, 1));
        assertEquals("r4096/1", first.calls.get(first.calls.size() - 1));
    }

    @Test
    void amongEqualPrioritiesTheOneMappedFirstWins() {
        Mapping one = bus.map(MMIO, 0x1000, 0x1000, PRIORITY_BAR, "one", first);
        bus.map(MMIO, 0x0, 0x4000, PRIORITY_BAR, "two", second);
        assertEquals(0x11, bus.read(MMIO, 0x1800, 1));
        assertEquals(0x22, bus.read(MMIO, 0x800, 1));
        one.close();
        assertEquals(0x22, bus.read(MMIO, 0x1800, 1));
    }

    @Test
    void anAccessThatLeavesItsRangeIsServedByteByByte() {
        bus.map(PORT, 0x60, 1, PRIORITY_PLATFORM, "a", first);
        bus.map(PORT, 0x61, 1, PRIORITY_PLATFORM, "b", second);
        assertEquals(0xFFFF_2211L, bus.read(PORT, 0x60, 4));
        assertEquals(0x22_11FFL | 0xFF00_0000L, bus.read(PORT, 0x5F, 4));
        bus.write(PORT, 0x60, 2, 0xBEEF);
        assertEquals(List.of("r0/1", "r0/1", "w0/1=ef"), first.calls);
        assertEquals(List.of("r0/1", "r0/1", "w0/1=be"), second.calls);
    }

    @Test
    void anAccessBelongsToTheRangeOfItsFirstByteAlsoOverAShadow() {
        bus.map(PORT, 0xCF8, 8, PRIORITY_PLATFORM, "pci", first);
        bus.map(PORT, 0xCF9, 1, PRIORITY_PLATFORM + 1, "reset", second);
        bus.write(PORT, 0xCF8, 4, 0x8000_0604L);
        bus.write(PORT, 0xCF9, 1, 6);
        assertEquals(0x1111_1111L, bus.read(PORT, 0xCF8, 4));
        assertEquals(List.of("w0/4=80000604", "r0/4"), first.calls);
        assertEquals(List.of("w0/1=6"), second.calls);
    }

    @Test
    void theLastAddressOfEachSpaceCanBeMapped() {
        bus.map(PORT, 0xFFFF, 1, PRIORITY_BAR, "a", first);
        bus.map(MMIO, -8, 8, PRIORITY_BAR, "b", second);
        assertEquals(0xFF11, bus.read(PORT, 0xFFFF, 2));
        assertEquals(0x22, bus.read(MMIO, -1, 1));
    }

    @Test
    void impossibleRangesAreRefusedWithTheOwnersName() {
        for (long[] range : new long[][] {{0, 0}, {0, -1}, {0xFFFF, 2}, {0x10000, 1}}) {
            IllegalArgumentException refusal =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> bus.map(PORT, range[0], range[1], 0, "uart0", first));
            assertTrue(refusal.getMessage().contains("uart0"), refusal.getMessage());
        }
        assertThrows(IllegalArgumentException.class, () -> bus.map(MMIO, -1, 2, 0, "wraps", first));
    }

    @Test
    void aHandlerMayUnmapItselfAndMapAnother() {
        Mapping[] own = new Mapping[1];
        IoHandler mover =
                new IoHandler() {
                    @Override
                    public long read(long offset, int size) {
                        return 1;
                    }

                    @Override
                    public void write(long offset, int size, long value) {
                        own[0].close();
                        bus.map(PORT, value, 1, PRIORITY_BAR, "moved", this);
                    }
                };
        own[0] = bus.map(PORT, 0x10, 1, PRIORITY_BAR, "mover", mover);
        bus.write(PORT, 0x10, 1, 0x20);
        assertEquals(0xFF, bus.read(PORT, 0x10, 1));
        assertEquals(1, bus.read(PORT, 0x20, 1));
    }

    @Test
    void rangesAreListedBySpaceAndAddress() {
        bus.map(MMIO, 0xFEE0_0000L, 0x1000, 0, "lapic", first);
        bus.map(PORT, 0x70, 2, 0, "rtc", first);
        bus.map(PORT, 0x40, 4, 0, "pit", first);
        assertEquals(
                List.of(
                        new MappedRange(PORT, 0x40, 4, "pit"),
                        new MappedRange(PORT, 0x70, 2, "rtc"),
                        new MappedRange(MMIO, 0xFEE0_0000L, 0x1000, "lapic")),
                bus.ranges());
    }

    @Test
    void aRandomMapAnswersLikeALinearSearch() {
        Random random = new Random(20261123);
        for (int round = 0; round < 200; round++) {
            IoBus candidate = new Bus();
            List<Placement> placed = new ArrayList<>();
            List<Mapping> mappings = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                long base = random.nextInt(60);
                long length = 1 + random.nextInt(20);
                int priority = random.nextInt(3);
                RecordingHandler handler = new RecordingHandler(i + 1);
                placed.add(Placement.of(PORT, base, length, priority, "h" + i, handler));
                mappings.add(candidate.map(PORT, base, length, priority, "h" + i, handler));
                if (i % 4 == 3) {
                    int gone = random.nextInt(placed.size());
                    placed.remove(gone);
                    mappings.remove(gone).close();
                }
            }
            for (int address = 0; address < 90; address++) {
                assertEquals(linear(placed, address), candidate.read(PORT, address, 1));
            }
        }
    }

    private static long linear(List<Placement> placed, long address) {
        long answer = 0xFF;
        int best = Integer.MIN_VALUE;
        for (Placement placement : placed) {
            if (placement.contains(address) && placement.priority() > best) {
                best = placement.priority();
                answer = placement.handler().read(0, 1) & 0xFF;
            }
        }
        return answer;
    }
}
