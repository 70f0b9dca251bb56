package org.interposer.core.boot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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

final class MultibootLoaderTest extends BootFixture {
    private static final int MAGIC = 0x1BAD_B002;
    private static final int FLAT = 1 << 16;
    private static final int HEADER_AT = 64;

    private static ByteBuffer header(byte[] code, int flags) {
        ByteBuffer b = ByteBuffer.wrap(code).order(ByteOrder.LITTLE_ENDIAN);
        return b.putInt(HEADER_AT, MAGIC)
                .putInt(HEADER_AT + 4, flags)
                .putInt(HEADER_AT + 8, -(MAGIC + flags));
    }

    private static byte[] elf(boolean wide, int flags) {
        byte[] code = pattern(6000);
        header(code, flags);
        return new ElfBuilder(wide).load(0x10_0000, code, 0x2000).entry(0x4010_0200L).build();
    }

    /** A flat binary whose header says: load all at 2 MiB, 8 KiB of zeroes behind. */
    private static ByteBuffer flat() {
        byte[] code = pattern(5000);
        int load = 2 * MIB;
        return header(code, FLAT | 3)
                .putInt(HEADER_AT + 12, load + HEADER_AT)
                .putInt(HEADER_AT + 16, load)
                .putInt(HEADER_AT + 20, load + 5000)
                .putInt(HEADER_AT + 24, load + 5000 + 8192)
                .putInt(HEADER_AT + 28, load + 0x80);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anElfKernelIsEnteredAtThePhysicalAddressOfItsEntry(boolean wide) throws Exception {
        CpuState state = boot(elf(wide, 3), "");
        assertEquals(0x10_0200, state.rip());
        assertEquals(0x2BAD_B002, state.gpr()[CpuState.RAX]);
        assertEquals(0x11, state.control().cr0());
        assertEquals(0xC09B, state.segments().cs().attributes());
        assertEquals(
                new CpuState.Table(0, 0x3FF),
                state.segments().idt(),
                "for kernels that go back to real mode");
        assertEquals(MAGIC, memory.i32(memoryOfHeader(0x10_0000)));
    }

    private static long memoryOfHeader(long load) {
        return load + HEADER_AT;
    }

    @Test
    void aFlatKernelIsLoadedByItsHeader() throws Exception {
        memory.fill(0xCC);
        CpuState state = boot(flat().array(), "");
        assertEquals(2 * MIB + 0x80, state.rip());
        assertArrayEquals(flat().array(), memory.bytes(2 * MIB, 5000));
        assertArrayEquals(new byte[8192], memory.bytes(2 * MIB + 5000, 8192));
        assertEquals(0xCC, memory.u8(2 * MIB + 5000 + 8192));
    }

    @Test
    void aFlatKernelWithoutAnEndIsLoadedToTheEndOfTheFile() throws Exception {
        ByteBuffer kernel = flat().putInt(HEADER_AT + 20, 0).putInt(HEADER_AT + 24, 0);
        boot(kernel.array(), "");
        assertArrayEquals(kernel.array(), memory.bytes(2 * MIB, 5000));
    }

    @Test
    void theInformationStructureDescribesMemoryCommandLineAndModules() throws Exception {
        List<BootSource.Module> modules =
                List.of(new BootSource.Module(file("module", pattern(77)), "m=1"));
        CpuState state =
                boot(elf(false, 3), Optional.of(file("initrd", pattern(5000))), "k=v", modules);
        long info = state.gpr()[CpuState.RBX];
        assertEquals(0b10_0100_1101, memory.i32(info));
        assertEquals(639, memory.i32(info + 4));
        assertEquals(15 * 1024, memory.i32(info + 8));
        assertEquals("k=v", memory.text(memory.i32(info + 16)));
        assertEquals(2, memory.i32(info + 20));
        long list = memory.i32(info + 24);
        long first = memory.i32(list);
        assertEquals(first + 5000, memory.i32(list + 4));
        assertArrayEquals(pattern(5000), memory.bytes(first, 5000));
        assertArrayEquals(pattern(77), memory.bytes(memory.i32(list + 16), 77));
        assertEquals("m=1", memory.text(memory.i32(list + 24)));
        assertEquals(3 * 24, memory.i32(info + 44));
        long map = memory.i32(info + 48);
        assertEquals(20, memory.i32(map));
        assertEquals(0x9_FC00, memory.i64(map + 12));
        assertEquals(MIB, memory.i64(map + 48 + 4));
        assertEquals(1, memory.i32(map + 48 + 20));
        assertEquals("interposer", memory.text(memory.i32(info + 64)));
    }

    @Test
    void aHeaderWithAWrongChecksumIsNone() throws IOException {
        byte[] kernel = elf(false, 3);
        int at = kernel.length - 6000 + HEADER_AT;
        kernel[at + 8]++;
        assertTrue(refusal(kernel).contains("neither a PVH note nor a multiboot header"));
    }

    @Test
    void unknownDemandsAreRefused() throws IOException {
        assertTrue(refusal(elf(false, 0x83)).contains("flags 0x80"));
    }

    @Test
    void aHeaderWithoutAddressesNeedsAnElfFile() throws IOException {
        byte[] code = pattern(5000);
        header(code, 3);
        assertTrue(refusal(code).contains("no ELF file"));
    }

    @Test
    void contradictingAddressesAreRefused() throws IOException {
        refusal(flat().putInt(HEADER_AT + 12, 0).array());
        refusal(flat().putInt(HEADER_AT + 20, 5).array());
        refusal(flat().putInt(HEADER_AT + 24, 2 * MIB).array());
        refusal(flat().putInt(HEADER_AT + 28, 3 * MIB).array());
        refusal(flat().putInt(HEADER_AT + 20, 2 * MIB + 50_000).array());
        refusal(flat().putInt(HEADER_AT + 24, -1).array());
    }

    @Test
    void anElfEntryOutsideItsSegmentsIsRefused() throws IOException {
        byte[] code = pattern(6000);
        header(code, 3);
        byte[] kernel = new ElfBuilder(true).load(0x10_0000, code, 6000).entry(5).build();
        assertTrue(refusal(kernel).contains("outside its segments"));
    }

    @Test
    void aTruncatedKernelIsRefusedWhereverItEnds() throws IOException {
        for (byte[] whole : List.of(elf(true, 3), elf(false, 3), flat().array())) {
            for (int length = 0; length < whole.length; length += length < 300 ? 1 : 89) {
                refusal(Arrays.copyOf(whole, length));
            }
        }
    }

    @Test
    void damagedHeadersNeverEndInAnythingButARefusalOrAKernel() throws IOException {
        Random random = new Random(13);
        for (int round = 0; round < 1000; round++) {
            ByteBuffer damaged = flat();
            int field = HEADER_AT + 12 + 4 * random.nextInt(5);
            damaged.putInt(field, random.nextBoolean() ? random.nextInt() : random.nextInt(MIB));
            try {
                boot(damaged.array(), Optional.empty(), "", List.of());
            } catch (BootException expected) {
                assertTrue(expected.getMessage().contains("kernel"), expected.getMessage());
            }
        }
    }
}
