package org.interposer.core.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Pointer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.memory.GuestMemoryFactory;
import org.interposer.api.memory.MemoryListener;
import org.interposer.api.memory.MemoryRegion;
import org.interposer.api.memory.MemoryRegion.HostMapping;
import org.interposer.api.memory.MemorySlices;
import org.interposer.api.memory.MemoryWindow;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuestMemoryTest {
    private static final long MIB = 1L << 20;
    private static final long GIB = 1L << 30;
    private static final long HOLE = GuestMemoryFactory.HOLE_START;
    private static final long HIGH = GuestMemoryFactory.HIGH_RAM_START;

    private final List<GuestMemory> opened = new ArrayList<>();

    @AfterEach
    void closeAll() {
        opened.forEach(GuestMemory::close);
    }

    private GuestMemory memory(long bytes) throws IOException {
        GuestMemory memory = new MappedGuestMemoryFactory().create("test", bytes);
        opened.add(memory);
        return memory;
    }

    private static byte[] bytes(int length, int seed) {
        byte[] data = new byte[length];
        for (int i = 0; i < length; i++) {
            data[i] = (byte) (i * 31 + seed);
        }
        return data;
    }

    @Test
    void fiveGibibytesLieBelowTheHoleAndAboveFourGibibytes() throws IOException {
        GuestMemory memory = memory(5 * GIB);
        assertEquals(5 * GIB, memory.ramBytes());
        List<MemoryRegion> map = memory.regions();
        assertEquals(2, map.size());
        assertEquals(0, map.get(0).base());
        assertEquals(HOLE, map.get(0).end());
        assertEquals(HIGH, map.get(1).base());
        assertEquals(HIGH + 2 * GIB, map.get(1).end());
    }

    @Test
    void theHostIsAskedForLargePagesBehindEachMapping() throws IOException {
        assumeTrue(
                Files.exists(Path.of("/sys/kernel/mm/transparent_hugepage")),
                "this kernel has no transparent huge pages");
        for (MemoryRegion region : memory(5 * GIB).regions()) {
            for (HostMapping mapping : region.mappings()) {
                String flags = flagsOfMapping(mapping.hostAddress());
                assertTrue(List.of(flags.split(" ")).contains("hg"), flags);
            }
        }
    }

    /** What {@code smaps} says of the mapping that begins at an address (proc(5)). */
    private static String flagsOfMapping(long address) throws IOException {
        String begin = Long.toHexString(address) + "-";
        List<String> lines = Files.readAllLines(Path.of("/proc/self/smaps"));
        int at = 0;
        while (!lines.get(at).startsWith(begin)) {
            at++;
        }
        while (!lines.get(at).startsWith("VmFlags:")) {
            at++;
        }
        return lines.get(at);
    }

    @Test
    void mappingsCoverTheirRegionWithoutGapsAndPointAtTheSameBytes() throws IOException {
        GuestMemory memory = memory(5 * GIB);
        for (MemoryRegion region : memory.regions()) {
            long next = region.base();
            for (HostMapping mapping : region.mappings()) {
                assertEquals(next, mapping.guestAddress());
                next += mapping.length();
                long last = next - 1;
                assertTrue(memory.write(last, new byte[] {0x5a}, 0, 1));
                // SAFETY: inside the mapping, and the memory is open.
                assertEquals(
                        0x5a, new Pointer(mapping.hostAddress()).getByte(mapping.length() - 1));
            }
            assertEquals(region.end(), next);
        }
    }

    @Test
    void bytesSurviveAcrossEveryPieceBoundary() throws IOException {
        GuestMemory memory = memory(5 * GIB);
        for (long boundary : new long[] {GIB, 2 * GIB, HIGH + GIB}) {
            byte[] data = bytes(10_000, (int) (boundary >>> 30));
            assertTrue(memory.write(boundary - 5_000, data, 0, data.length));
            byte[] back = new byte[data.length];
            assertTrue(memory.read(boundary - 5_000, back, 0, back.length));
            assertArrayEquals(data, back);
            byte[] second = new byte[5_000];
            assertTrue(memory.read(boundary, second, 0, second.length));
            assertEquals(data[5_000], second[0]);
        }
    }

    @Test
    void rangesThatTouchTheHoleAreNotRam() throws IOException {
        GuestMemory memory = memory(5 * GIB);
        assertTrue(memory.isRam(HOLE - 4, 4));
        assertFalse(memory.isRam(HOLE - 4, 5));
        assertFalse(memory.isRam(HOLE, 1));
        assertFalse(memory.isRam(HIGH - 1, 2));
        assertTrue(memory.isRam(HIGH, 2 * GIB));
        assertFalse(memory.isRam(HIGH, 2 * GIB + 1));
        assertFalse(memory.isRam(0, HIGH + 1));
        byte[] buffer = bytes(8, 7);
        assertFalse(memory.read(HOLE - 4, buffer, 0, 8));
        assertArrayEquals(bytes(8, 7), buffer);
        assertFalse(memory.write(HOLE - 4, buffer, 0, 8));
        byte[] before = new byte[4];
        assertTrue(memory.read(HOLE - 4, before, 0, 4));
        assertArrayEquals(new byte[4], before);
    }

    @Test
    void wrapAroundAndNegativeLengthsAreNotRam() throws IOException {
        GuestMemory memory = memory(MIB);
        MemorySlices slices = new MemorySlices(4);
        for (long address : new long[] {-1, -4096, Long.MIN_VALUE, Long.MAX_VALUE, MIB + 1}) {
            for (long length : new long[] {1, 4096, Long.MAX_VALUE, -1, Long.MIN_VALUE}) {
                assertFalse(memory.isRam(address, length));
                assertFalse(memory.slices(address, length, slices));
                assertTrue(memory.window(address, length).isEmpty());
                assertFalse(memory.discard(address, length));
            }
        }
        assertFalse(memory.isRam(0, -1));
        assertFalse(memory.isRam(1, Long.MAX_VALUE));
        assertFalse(memory.read(-8, new byte[16], 0, 16));
        assertFalse(memory.write(Long.MAX_VALUE - 3, new byte[16], 0, 16));
        assertEquals(0, slices.count());
    }

    @Test
    void aSliceIsTheGuestsMemoryItself(@TempDir Path dir) throws IOException {
        GuestMemory memory = memory(5 * GIB);
        byte[] data = bytes(1 << 16, 3);
        Path path = dir.resolve("data");
        java.nio.file.Files.write(path, data);
        MemorySlices slices = new MemorySlices(4);
        long address = HIGH + GIB - 0x8000;
        assertTrue(memory.slices(address, data.length, slices));
        assertEquals(1, slices.count());
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            assertEquals(data.length, channel.read(slices.buffer(0)));
        }
        byte[] back = new byte[data.length];
        assertTrue(memory.read(address, back, 0, back.length));
        assertArrayEquals(data, back);
        assertEquals(address, slices.guestAddress(0));
        // SAFETY: inside the slice, and the memory is open.
        assertEquals(data[9], new Pointer(slices.hostAddress(0)).getByte(9));
    }

    @Test
    void aRangeLongerThanAPieceNeedsSeveralSlices() throws IOException {
        GuestMemory memory = memory(3 * GIB);
        MemorySlices slices = new MemorySlices(4);
        assertTrue(memory.slices(4096, 3 * GIB - 4096, slices));
        assertEquals(3 * GIB - 4096, slices.bytes());
        long next = 4096;
        for (int i = 0; i < slices.count(); i++) {
            assertEquals(next, slices.guestAddress(i));
            next += slices.length(i);
        }
        MemorySlices small = new MemorySlices(2);
        assertFalse(memory.slices(4096, 3 * GIB - 4096, small));
        assertEquals(0, small.count());
        assertEquals(0, small.bytes());
    }

    @Test
    void aFullListIsLeftUnchanged() throws IOException {
        GuestMemory memory = memory(MIB);
        MemorySlices slices = new MemorySlices(1);
        assertTrue(memory.slices(0, 16, slices));
        assertFalse(memory.slices(32, 16, slices));
        assertEquals(16, slices.bytes());
        assertEquals(0, slices.room());
    }

    @Test
    void slicesAllocateNothingOnceTheListHasSeenTheMemory() throws IOException {
        GuestMemory memory = memory(5 * GIB);
        MemorySlices slices = new MemorySlices(8);
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long id = Thread.currentThread().getId();
        long fewest = Long.MAX_VALUE;
        for (int round = 0; round < 20; round++) {
            long before = threads.getThreadAllocatedBytes(id);
            for (int i = 0; i < 1_000; i++) {
                slices.clear();
                memory.slices(i * 4096L, 4096, slices);
                memory.slices(HIGH + i * 4096L, 4096, slices);
            }
            fewest = Math.min(fewest, threads.getThreadAllocatedBytes(id) - before);
        }
        assertTrue(fewest < 1_000, "2,000 slices allocated " + fewest + " bytes");
    }

    @Test
    void windowsReachAcrossAPieceBoundaryUpToTheLimit() throws IOException {
        GuestMemory memory = memory(3 * GIB);
        MemoryWindow window = memory.window(GIB - 4096, GuestMemory.MAX_WINDOW).orElseThrow();
        assertEquals(GuestMemory.MAX_WINDOW, window.length());
        window.put64(4092, 0x1122334455667788L);
        byte[] back = new byte[8];
        assertTrue(memory.read(GIB - 4, back, 0, 8));
        assertEquals((byte) 0x88, back[0]);
        assertEquals((byte) 0x11, back[7]);
        assertTrue(memory.window(0, GuestMemory.MAX_WINDOW + 1).isEmpty());
        assertTrue(memory.window(3 * GIB - 8, 16).isEmpty());
        assertThrows(IndexOutOfBoundsException.class, () -> window.get8(window.length()));
    }

    @Test
    void discardedPagesReadAsZeroes() throws IOException {
        GuestMemory memory = memory(16 * MIB);
        byte[] data = bytes(3 * 4096, 1);
        assertTrue(memory.write(MIB, data, 0, data.length));
        assertTrue(memory.discard(MIB + 4096, 4096));
        byte[] back = new byte[data.length];
        assertTrue(memory.read(MIB, back, 0, back.length));
        for (int i = 0; i < data.length; i++) {
            assertEquals(i / 4096 == 1 ? 0 : data[i], back[i]);
        }
        assertFalse(memory.discard(MIB + 1, 4096));
        assertFalse(memory.discard(MIB, 100));
        assertFalse(memory.discard(15 * MIB, 2 * MIB));
    }

    @Test
    void romIsReadableNotWritableAndMayAdjoinRam() throws IOException {
        GuestMemory memory = memory(5 * GIB);
        byte[] bios = bytes(5_000, 9);
        MemoryRegion rom = memory.addRom("bios", HIGH - 8192, bios);
        assertEquals(8192, rom.length());
        assertEquals(MemoryRegion.Kind.ROM, rom.kind());
        assertEquals(3, memory.regions().size());
        assertEquals(rom, memory.regions().get(1));
        assertEquals(0, rom.mappings().get(0).hostAddress() % 4096);

        byte[] back = new byte[5_000];
        assertTrue(memory.read(HIGH - 8192, back, 0, back.length));
        assertArrayEquals(bios, back);
        assertFalse(memory.isRam(HIGH - 8192, 1));
        assertFalse(memory.write(HIGH - 8192, back, 0, 1));
        assertTrue(memory.window(HIGH - 8192, 16).isEmpty());

        assertTrue(memory.write(HIGH, new byte[] {1, 2, 3, 4}, 0, 4));
        byte[] mixed = new byte[8];
        assertTrue(memory.read(HIGH - 4, mixed, 0, 8));
        assertArrayEquals(new byte[] {0, 0, 0, 0, 1, 2, 3, 4}, mixed);

        memory.remove(rom);
        assertEquals(2, memory.regions().size());
        assertFalse(memory.read(HIGH - 8192, back, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> memory.remove(rom));
    }

    @Test
    void aRomThatOverlapsOrIsNotAlignedIsRefusedByName() throws IOException {
        GuestMemory memory = memory(MIB);
        var overlap =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> memory.addRom("vga", MIB - 4096, new byte[1]));
        assertTrue(overlap.getMessage().contains("vga"));
        assertTrue(overlap.getMessage().contains("ram-low"));
        assertThrows(
                IllegalArgumentException.class, () -> memory.addRom("odd", HOLE + 1, new byte[1]));
        assertThrows(
                IllegalArgumentException.class, () -> memory.addRom("none", HOLE, new byte[0]));
        assertEquals(1, memory.regions().size());
    }

    @Test
    void listenersHearOfPresentAndLaterRegions() throws IOException {
        GuestMemory memory = memory(4 * GIB);
        List<String> heard = new ArrayList<>();
        MemoryListener listener =
                new MemoryListener() {
                    @Override
                    public void regionAdded(MemoryRegion region) {
                        heard.add("+" + region.name());
                    }

                    @Override
                    public void regionRemoved(MemoryRegion region) {
                        heard.add("-" + region.name());
                    }
                };
        memory.addListener(listener);
        MemoryRegion rom = memory.addRom("bios", HOLE, new byte[1]);
        memory.remove(rom);
        memory.removeListener(listener);
        memory.addRom("late", HOLE, new byte[1]);
        assertEquals(List.of("+ram-low", "+ram-high", "+bios", "-bios"), heard);
    }

    @Test
    void anotherProcessCouldReachTheRamThroughTheDescriptor() throws IOException {
        GuestMemory memory = memory(5 * GIB);
        memory.write(HIGH + 77, new byte[] {42}, 0, 1);
        int fd = memory.descriptor().orElseThrow();
        try (FileChannel channel =
                FileChannel.open(Path.of("/proc/self/fd/" + fd), StandardOpenOption.READ)) {
            assertEquals(5 * GIB, channel.size());
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, HOLE + 77);
            assertEquals(42, one.get(0));
        }
    }

    @Test
    void lateAccessAfterCloseReadsZeroesAndHarmsNothing() throws IOException {
        GuestMemory memory = memory(3 * GIB);
        MemorySlices slices = new MemorySlices(4);
        memory.write(GIB, bytes(4096, 5), 0, 4096);
        MemoryWindow window = memory.window(GIB, 4096).orElseThrow();
        assertTrue(memory.slices(GIB, 4096, slices));
        memory.close();
        memory.close();
        assertEquals(0, window.get64(0));
        assertEquals(0, slices.buffer(0).get());
        window.put32(16, 1);
        assertTrue(memory.write(GIB, new byte[] {1}, 0, 1));
        assertTrue(memory.discard(GIB, 4096));
        assertEquals(0, window.get32(16));
        assertTrue(memory.descriptor().isEmpty());
    }

    @Test
    void withoutMemfdAnUnlinkedFileDoesTheSame() throws IOException {
        GuestMemory memory =
                new MappedGuestMemoryFactory((name, bytes) -> new UnlinkedFile(bytes))
                        .create("plain", 5 * GIB);
        opened.add(memory);
        assertTrue(memory.descriptor().isEmpty());
        byte[] data = bytes(8192, 2);
        assertTrue(memory.write(HIGH + GIB - 4096, data, 0, data.length));
        assertTrue(memory.discard(HIGH + GIB, 4096));
        byte[] back = new byte[8192];
        assertTrue(memory.read(HIGH + GIB - 4096, back, 0, back.length));
        assertEquals(data[100], back[100]);
        assertEquals(0, back[4096 + 100]);
    }

    @Test
    void sizesThatAreNotWholeMebibytesAreRefused() {
        GuestMemoryFactory factory = new MappedGuestMemoryFactory();
        assertThrows(IllegalArgumentException.class, () -> factory.create("x", 0));
        assertThrows(IllegalArgumentException.class, () -> factory.create("x", -MIB));
        assertThrows(IllegalArgumentException.class, () -> factory.create("x", MIB + 4096));
    }

    @Test
    void aHostThatCannotGiveTheMemoryIsReportedWithTheAmount() {
        GuestMemoryFactory factory =
                new MappedGuestMemoryFactory(
                        (name, bytes) -> {
                            throw new IOException("no space");
                        });
        var e = assertThrows(IOException.class, () -> factory.create("big", 7 * MIB));
        assertTrue(e.getMessage().contains("7 MiB"));
        assertTrue(e.getMessage().contains("big"));
    }
}
