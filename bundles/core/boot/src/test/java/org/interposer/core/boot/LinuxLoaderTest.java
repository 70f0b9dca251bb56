package org.interposer.core.boot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.interposer.api.boot.BootException;
import org.interposer.api.boot.BootSource;
import org.interposer.api.engine.CpuState;
import org.junit.jupiter.api.Test;

final class LinuxLoaderTest extends BootFixture {
    private static final int SETUP_SECTORS = 3;
    private static final int SETUP = (SETUP_SECTORS + 1) * 512;
    private static final int PAYLOAD = 100 * 1024 - 16;

    private final byte[] payload = pattern(PAYLOAD);

    private ByteBuffer bzImage() {
        ByteBuffer b = ByteBuffer.allocate(SETUP + PAYLOAD).order(ByteOrder.LITTLE_ENDIAN);
        b.put(0x1F1, (byte) SETUP_SECTORS).putInt(0x1F4, PAYLOAD / 16);
        b.putShort(0x1FE, (short) 0xAA55).put(0x200, (byte) 0xEB).put(0x201, (byte) 0x6A);
        b.putInt(0x202, 0x5372_6448).putShort(0x206, (short) 0x20F);
        b.put(0x211, (byte) 1).putInt(0x22C, 0x7FFF_FFFF).putInt(0x230, 0x20_0000);
        b.put(0x234, (byte) 1).putShort(0x236, (short) 0x7F).putInt(0x238, 2047);
        b.putLong(0x258, 4 * MIB).putInt(0x260, 5 * MIB);
        b.put(SETUP, payload);
        return b;
    }

    private CpuState boot(ByteBuffer image) throws Exception {
        return boot(image.array(), "root=/dev/vda");
    }

    @Test
    void theKernelIsAtItsPreferredAddressAndEntered0x200BytesIn() throws Exception {
        CpuState state = boot(bzImage());
        assertEquals(4 * MIB + 0x200, state.rip());
        assertArrayEquals(payload, memory.bytes(4 * MIB, PAYLOAD));
    }

    @Test
    void aSignatureBehindTheKernelIsNotLoaded() throws Exception {
        byte[] signed = Arrays.copyOf(bzImage().array(), SETUP + PAYLOAD + 3000);
        Arrays.fill(signed, SETUP + PAYLOAD, signed.length, (byte) 0x99);
        boot(signed, "");
        assertEquals(0, memory.u8(4 * MIB + PAYLOAD));
    }

    @Test
    void entersLongModeWithTheFirst4GibMappedToThemselves() throws Exception {
        CpuState state = boot(bzImage());
        assertEquals(0x8000_0011L, state.control().cr0());
        assertEquals(0x20, state.control().cr4());
        assertEquals(0x500, state.control().efer());
        assertEquals(2, state.rflags(), "interrupts off");
        for (long address : new long[] {0, 0x10_0000, 0x3FFF_FFFFL, 0xFEC0_0000L, 0xFFFF_FFFFL}) {
            assertEquals(address, translate(state.control().cr3(), address));
        }
    }

    private long translate(long cr3, long address) {
        long pml4e = memory.i64(cr3 + (address >> 39 & 511) * 8);
        assertEquals(3, pml4e & 3);
        long pdpte = memory.i64((pml4e & ~0xFFFL) + (address >> 30 & 511) * 8);
        assertEquals(3, pdpte & 3);
        long pde = memory.i64((pdpte & ~0xFFFL) + (address >> 21 & 511) * 8);
        assertEquals(0x83, pde & 0xFFF, "a writable 2 MiB page");
        return pde & ~0x1F_FFFFL | address & 0x1F_FFFF;
    }

    @Test
    void segmentsAreTheBootProtocols() throws Exception {
        CpuState.Segments s = boot(bzImage()).segments();
        assertEquals(0x10, s.cs().selector());
        assertEquals(0xA09B, s.cs().attributes());
        for (CpuState.Segment data : List.of(s.ds(), s.es(), s.ss())) {
            assertEquals(0x18, data.selector());
            assertEquals(0xC093, data.attributes());
        }
        assertEquals(0x00AF_9B00_0000_FFFFL, memory.i64(s.gdt().base() + 0x10));
        assertEquals(0x00CF_9300_0000_FFFFL, memory.i64(s.gdt().base() + 0x18));
    }

    @Test
    void theZeroPageSaysWhereEverythingIs() throws Exception {
        Path initrd = file("initrd", pattern(50_001));
        memory = new FakeMemory(16 * MIB, 1L << 30);
        long zero =
                boot(bzImage().array(), Optional.of(initrd), "root=/dev/vda", List.of())
                        .gpr()[CpuState.RSI];
        assertEquals(0, zero % 4096);
        assertEquals(0x5372_6448, memory.i32(zero + 0x202));
        assertEquals(0xFF, memory.u8(zero + 0x210));
        assertEquals(1, memory.u8(zero + 0x211));
        assertEquals(0xE_0000, memory.i64(zero + 0x70));
        assertEquals("root=/dev/vda", memory.text(memory.i32(zero + 0x228)));
        long at = memory.i32(zero + 0x218);
        assertEquals(0, at % 4096);
        assertEquals(50_001, memory.i32(zero + 0x21C));
        assertArrayEquals(pattern(50_001), memory.bytes(at, 50_001));
        assertTrue(at > 9 * MIB, "as high as possible");
        assertEquals(4, memory.u8(zero + 0x1E8));
        assertEquals(0, memory.i64(zero + 0x2D0));
        assertEquals(0x9_FC00, memory.i64(zero + 0x2D8));
        assertEquals(1, memory.i32(zero + 0x2E0));
        assertEquals(1L << 32, memory.i64(zero + 0x2D0 + 3 * 20));
        assertEquals(1L << 30, memory.i64(zero + 0x2D8 + 3 * 20));
    }

    @Test
    void beforeProtocol2_14ThereIsNoRsdpField() throws Exception {
        ByteBuffer old = bzImage().putShort(0x206, (short) 0x20C);
        assertEquals(0, memory.i64(boot(old).gpr()[CpuState.RSI] + 0x70));
    }

    @Test
    void anInitrdObeysTheKernelsLimit() throws Exception {
        Path initrd = file("initrd", pattern(10_000));
        ByteBuffer image = bzImage().putInt(0x22C, 4 * MIB - 1);
        long zero = boot(image.array(), Optional.of(initrd), "", List.of()).gpr()[CpuState.RSI];
        assertTrue(memory.i32(zero + 0x218) + 10_000 <= 4 * MIB);
    }

    @Test
    void aMovableKernelGoesLowerWhereItsAddressIsNotRam() throws Exception {
        ByteBuffer image = bzImage().putLong(0x258, 64L * MIB);
        assertEquals(2 * MIB + 0x200, boot(image).rip());
        image.put(0x234, (byte) 0);
        assertTrue(refusal(image.array()).contains("more memory"));
    }

    @Test
    void aKernelThatUnpacksBeyondTheRamIsRefused() throws IOException {
        assertTrue(refusal(bzImage().putInt(0x260, 64 * MIB).array()).contains("more memory"));
    }

    @Test
    void a32BitKernelIsNamed() throws IOException {
        String message = refusal(bzImage().putShort(0x236, (short) 0).array());
        assertTrue(message.contains("without a 64-bit entry"), message);
        message = refusal(bzImage().putShort(0x206, (short) 0x204).array());
        assertTrue(message.contains("2.04"), message);
    }

    @Test
    void aCommandLineThatIsTooLongIsRefused() {
        BootException e =
                assertThrows(BootException.class, () -> boot(bzImage().array(), "x".repeat(3000)));
        assertTrue(e.getMessage().contains("at most 2047"), e.getMessage());
    }

    @Test
    void modulesAreRefused() throws IOException {
        List<BootSource.Module> modules =
                List.of(new BootSource.Module(file("module", new byte[1]), ""));
        assertThrows(
                BootException.class, () -> boot(bzImage().array(), Optional.empty(), "", modules));
    }

    @Test
    void aTruncatedKernelIsRefusedWhereverItEnds() throws IOException {
        byte[] whole = bzImage().array();
        for (int length = 0; length <= whole.length - 16; length += length < 700 ? 1 : 501) {
            refusal(Arrays.copyOf(whole, length));
        }
        refusal(Arrays.copyOf(whole, whole.length - 16));
    }

    @Test
    void damagedHeadersNeverEndInAnythingButARefusalOrAKernel() throws IOException {
        Random random = new Random(11);
        for (int round = 0; round < 1000; round++) {
            byte[] damaged = bzImage().array();
            for (int i = 0; i <= round % 4; i++) {
                int at = 0x1F1 + random.nextInt(0x268 - 0x1F1);
                damaged[at] = (byte) (random.nextBoolean() ? random.nextInt() : 0xFF);
            }
            try {
                boot(damaged, Optional.empty(), "quiet", List.of());
            } catch (BootException expected) {
                assertTrue(expected.getMessage().contains("kernel"), expected.getMessage());
            }
        }
    }

    @Test
    void otherFormatsAreNamed() throws IOException {
        assertTrue(refusal(with(56, 0x644D_5241)).contains("arm64 Image"));
        assertTrue(refusal(with(56, 0x0543_5352)).contains("RISC-V"));
        assertTrue(refusal(with(0, 0x0008_8B1F)).contains("gunzip"));
        assertTrue(refusal(with(0, 0x0090_5A4D)).contains("EFI"));
        assertTrue(refusal(with(0, 0)).contains("bzImage"));
        assertTrue(refusal(new byte[10]).contains("10 bytes"));
        assertTrue(refusal(new byte[0]).contains("0 bytes"));
    }

    private static byte[] with(int offset, int magic) {
        ByteBuffer b = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        return b.putInt(offset, magic).array();
    }
}
