package org.interposer.core.timers;

import org.interposer.api.memory.GuestMemoryFactory;

/** What the battery-backed bytes of a PC's CMOS tell about the machine. */
final class CmosMemory {
    private static final long KIB = 1024;
    private static final long MIB = 1024 * KIB;
    private static final int WORD = 0xFFFF;

    private CmosMemory() {}

    /** Writes base memory, extended memory (three encodings), equipment and checksum. */
    static void describe(long ramBytes, byte[] cmos) {
        long below = Math.min(ramBytes, GuestMemoryFactory.HOLE_START);
        long above = ramBytes - below;
        cmos[0x14] = 0x06;
        put(cmos, 0x15, 2, 640);
        long extended = Math.min(WORD, Math.max(0, below - MIB) / KIB);
        put(cmos, 0x17, 2, extended);
        put(cmos, 0x30, 2, extended);
        put(cmos, 0x34, 2, Math.min(WORD, Math.max(0, below - 16 * MIB) / (64 * KIB)));
        put(cmos, 0x5B, 3, above / (64 * KIB));
        int sum = 0;
        for (int i = 0x10; i <= 0x2D; i++) {
            sum += cmos[i] & 0xFF;
        }
        cmos[0x2E] = (byte) (sum >> 8);
        cmos[0x2F] = (byte) sum;
    }

    private static void put(byte[] cmos, int index, int bytes, long value) {
        for (int i = 0; i < bytes; i++) {
            cmos[index + i] = (byte) (value >>> (8 * i));
        }
    }
}
