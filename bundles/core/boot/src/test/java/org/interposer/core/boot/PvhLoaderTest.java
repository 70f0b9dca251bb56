package org.interposer.core.boot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.interposer.api.boot.BootException;
import org.interposer.api.boot.BootSource;
import org.interposer.api.engine.CpuState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PvhLoaderTest extends BootFixture {
    private final byte[] text = pattern(5000);

    private byte[] kernel(boolean wide) {
        return new ElfBuilder(wide)
                .load(0x10_0000, text, 0x3000)
                .load(0x20_0000, pattern(100), 100)
                .pvh(0x10_0010)
                .build();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void segmentsAreLoadedAndTheirRestIsCleared(boolean wide) throws Exception {
        memory.fill(0xCC);
        CpuState state = boot(kernel(wide), "");
        assertEquals(0x10_0010, state.rip());
        assertArrayEquals(text, memory.bytes(0x10_0000, text.length));
        assertArrayEquals(
                new byte[0x3000 - text.length],
                memory.bytes(0x10_0000 + text.length, 0x3000 - text.length));
        assertEquals(0xCC, memory.u8(0x10_3000));
        assertArrayEquals(pattern(100), memory.bytes(0x20_0000, 100));
    }

    @Test
    void entersFlatProtectedModeWithoutPaging() throws Exception {
        CpuState state = boot(kernel(true), "");
        assertEquals(0x11, state.control().cr0());
        assertEquals(0, state.control().cr4());
        assertEquals(0, state.control().efer());
        assertEquals(2, state.rflags());
        CpuState.Segments s = state.segments();
        assertEquals(0xC09B, s.cs().attributes());
        for (CpuState.Segment data : List.of(s.ds(), s.es(), s.ss(), s.fs(), s.gs())) {
            assertEquals(0, data.base());
            assertEquals(-1, data.limit());
            assertEquals(0xC093, data.attributes());
        }
        assertEquals(0x67, s.tr().limit());
        assertEquals(0x8B, s.tr().attributes());
    }

    @Test
    void theDescriptorTableInMemorySaysWhatTheSelectorsHold() throws Exception {
        CpuState.Segments s = boot(kernel(true), "").segments();
        assertEquals(0x00CF_9B00_0000_FFFFL, memory.i64(s.gdt().base() + s.cs().selector()));
        assertEquals(0x00CF_9300_0000_FFFFL, memory.i64(s.gdt().base() + s.ds().selector()));
        assertEquals(0x0000_8B00_0000_0067L, memory.i64(s.gdt().base() + s.tr().selector()));
        assertTrue(s.gdt().limit() >= s.tr().selector() + 7);
    }

    @Test
    void startInfoNamesCommandLineTablesAndMemory() throws Exception {
        long info = boot(kernel(true), "console=ttyS0 seconds=5").gpr()[CpuState.RBX];
        assertEquals(0x336E_C578, memory.i32(info));
        assertEquals(1, memory.i32(info + 4));
        assertEquals(0, memory.i32(info + 12));
        assertEquals("console=ttyS0 seconds=5", memory.text(memory.i64(info + 24)));
        assertEquals(0xE_0000, memory.i64(info + 32));
        long map = memory.i64(info + 40);
        assertEquals(3, memory.i32(info + 48));
        assertEquals(0, memory.i64(map));
        assertEquals(0x9_FC00, memory.i64(map + 8));
        assertEquals(1, memory.i32(map + 16));
        assertEquals(2, memory.i32(map + 24 + 16));
        assertEquals(MIB, memory.i64(map + 48));
        assertEquals(15 * MIB, memory.i64(map + 56));
        assertTrue(info + 56 <= 0x9_FC00, "the start info is in conventional memory");
    }

    @Test
    void initrdIsTheFirstModule() throws Exception {
        Path initrd = file("initrd", pattern(70_000));
        Path module = file("module", pattern(33));
        List<BootSource.Module> modules = List.of(new BootSource.Module(module, "a=1"));
        long info = boot(kernel(true), Optional.of(initrd), "", modules).gpr()[CpuState.RBX];
        long list = memory.i64(info + 16);
        assertEquals(2, memory.i32(info + 12));
        assertArrayEquals(pattern(70_000), memory.bytes(memory.i64(list), 70_000));
        assertEquals(70_000, memory.i64(list + 8));
        assertEquals(0, memory.i64(list) % 4096);
        assertArrayEquals(pattern(33), memory.bytes(memory.i64(list + 32), 33));
        assertEquals("a=1", memory.text(memory.i64(list + 48)));
    }

    @Test
    void whatTheLoaderPlacesAvoidsAKernelInConventionalMemory() throws Exception {
        byte[] low = pattern(0x9_0000);
        byte[] kernel = new ElfBuilder(true).load(0x1000, low, low.length).pvh(0x1000).build();
        CpuState state = boot(kernel, "x".repeat(10_000));
        assertArrayEquals(low, memory.bytes(0x1000, low.length));
        assertEquals(0x336E_C578, memory.i32(state.gpr()[CpuState.RBX]));
    }

    @Test
    void theProjectsOwnGuestsAreLoaded() throws Exception {
        Path images = Path.of("../../../itests/guests/images");
        for (String guest : List.of("exits.elf", "blkload.elf")) {
            BootSource source =
                    new BootSource(images.resolve(guest), Optional.empty(), "n=1", List.of());
            CpuState state = new KernelBootLoader().load(source, memory, 0);
            assertEquals(0x10_0000, state.rip());
            assertEquals(0xFA, memory.u8(state.rip()), "cli");
        }
    }

    @Test
    void aSegmentOutsideRamIsRefused() throws IOException {
        byte[] high = new ElfBuilder(true).load(0x7000_0000, text, 5000).pvh(0x7000_0000).build();
        assertTrue(refusal(high).contains("0x70000000"), refusal(high));
        byte[] end = new ElfBuilder(true).load(15 * MIB, text, 2 * MIB).pvh(15 * MIB).build();
        assertTrue(refusal(end).contains("more memory"), refusal(end));
        byte[] wrap = new ElfBuilder(true).load(-4096, text, 8192).pvh(0x10_0000).build();
        assertTrue(refusal(wrap).contains("PVH entry"), refusal(wrap));
    }

    @Test
    void overlappingSegmentsAreRefused() throws IOException {
        byte[] kernel =
                new ElfBuilder(true)
                        .load(0x10_0000, text, 5000)
                        .load(0x10_1000, text, 5000)
                        .pvh(0x10_0000)
                        .build();
        assertTrue(refusal(kernel).contains("where segment is"), refusal(kernel));
    }

    @Test
    void aSegmentOverTheFirmwareTablesIsRefused() throws IOException {
        byte[] kernel = new ElfBuilder(true).load(0xE_0000, text, 5000).pvh(0xE_0000).build();
        assertTrue(refusal(kernel).contains("the platform's tables"), refusal(kernel));
    }

    @Test
    void aKernelForAnotherProcessorIsNamed() throws IOException {
        byte[] kernel = new ElfBuilder(true).machine(183).load(MIB, text, 5000).build();
        assertTrue(refusal(kernel).contains("arm64"), refusal(kernel));
    }

    @Test
    void anInitrdThatDoesNotFitIsRefused() throws IOException {
        Path initrd = file("initrd", new byte[16 * MIB]);
        BootException e =
                assertThrows(
                        BootException.class,
                        () -> boot(kernel(true), Optional.of(initrd), "", List.of()));
        assertTrue(e.getMessage().contains("does not fit"), e.getMessage());
    }

    @Test
    void aMissingKernelIsNamed() {
        Path missing = folder.resolve("nowhere");
        BootSource source = new BootSource(missing, Optional.empty(), "", List.of());
        BootException e =
                assertThrows(
                        BootException.class, () -> new KernelBootLoader().load(source, memory, 0));
        assertEquals("kernel " + missing + " does not exist", e.getMessage());
    }

    @Test
    void aTruncatedKernelIsRefusedWhereverItEnds() throws IOException {
        byte[] whole = kernel(true);
        for (int length = 0; length < whole.length; length += length < 400 ? 1 : 97) {
            refusal(Arrays.copyOf(whole, length));
        }
    }

    @Test
    void damagedHeadersNeverEndInAnythingButARefusalOrAKernel() throws IOException {
        Random random = new Random(7);
        byte[] whole = kernel(true);
        for (int round = 0; round < 1000; round++) {
            byte[] damaged = whole.clone();
            for (int i = 0; i <= round % 4; i++) {
                int at = 4 + random.nextInt(64 + 3 * 56 - 4);
                damaged[at] = (byte) (random.nextBoolean() ? random.nextInt() : 0xFF);
            }
            try {
                boot(damaged, Optional.empty(), "", List.of());
            } catch (BootException expected) {
                assertTrue(expected.getMessage().contains("kernel"), expected.getMessage());
            }
        }
    }
}
