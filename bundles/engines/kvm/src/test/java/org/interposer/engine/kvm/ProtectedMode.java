package org.interposer.engine.kvm;

/** Code at 0x1000 that enters flat 32-bit mode and jumps to {@link #BODY}. */
final class ProtectedMode {
    static final int BODY = 0x1100;

    static final String ENTER =
            """
            fa # cli
            0f 01 16 40 10 # lgdt [0x1040]
            66 b8 11 00 00 00 # mov eax, 0x11
            0f 22 c0 # mov cr0, eax
            ea 20 10 08 00 # jmp 8:0x1020
            90 90 90 90 90 90 90 90 90 90 90 90
            66 b8 10 00 # (0x1020) mov ax, 16
            8e d8 8e c0 8e d0 # mov ds, ax; mov es, ax; mov ss, ax
            bc 00 70 00 00 # mov esp, 0x7000
            e9 cc 00 00 00 # jmp 0x1100
            90 90 90 90 90 90 90 90 90 90 90 90
            17 00 48 10 00 00 90 90 # (0x1040) the table's limit and base
            00 00 00 00 00 00 00 00
            ff ff 00 00 00 9b cf 00
            ff ff 00 00 00 93 cf 00
            """;

    private ProtectedMode() {}
}
