package org.interposer.engine.kvm;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Code at 0x1000 that enters 64-bit mode with the tables of {@link #tables}. */
final class LongMode {
    static final int BODY = 0x1100;
    private static final int PML4 = 0x10000;
    private static final int PRESENT_WRITABLE_USER = 7;

    static final String ENTER =
            """
            fa # cli
            0f 01 16 60 10 # lgdt [0x1060]
            66 b8 20 00 00 00 0f 22 e0 # mov eax, 0x20; mov cr4, eax
            66 b8 00 00 01 00 0f 22 d8 # mov eax, 0x10000; mov cr3, eax
            66 b9 80 00 00 c0 # mov ecx, 0xc0000080
            66 b8 00 01 00 00 66 31 d2 0f 30 # mov eax, 0x100; xor edx, edx; wrmsr
            66 b8 11 00 00 80 0f 22 c0 # mov eax, 0x80000011; mov cr0, eax
            ea 40 10 08 00 # jmp 8:0x1040
            90 90 90 90 90 90 90 90 90
            48 c7 c4 00 70 00 00 # (0x1040) mov rsp, 0x7000
            66 b8 10 00 8e d8 8e d0 # mov ax, 16; mov ds, ax; mov ss, ax
            e9 ac 00 00 00 # jmp 0x1100
            90 90 90 90 90 90 90 90 90 90 90 90
            17 00 68 10 00 00 90 90 # (0x1060)
            00 00 00 00 00 00 00 00
            ff ff 00 00 00 9b af 00
            ff ff 00 00 00 93 cf 00
            """;

    private LongMode() {}

    /** Maps the first 2 MiB to themselves and one page at 0x40_0000_0000. */
    static void tables(TestMachine m, long page) {
        put(m, PML4, 0x11000);
        put(m, 0x11000, 0x12000);
        put(m, 0x12000, 0x80);
        put(m, 0x11000 + 8 * 256, 0x13000);
        put(m, 0x13000, 0x14000);
        put(m, 0x14000, page);
    }

    private static void put(TestMachine m, long at, long value) {
        byte[] entry =
                ByteBuffer.allocate(8)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(value | PRESENT_WRITABLE_USER)
                        .array();
        m.memory.write(at, entry, 0, 8);
    }
}
