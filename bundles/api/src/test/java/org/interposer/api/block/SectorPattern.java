package org.interposer.api.block;

import java.nio.ByteBuffer;

/** A sector that carries its own number, its generation and a checksum over a filling. */
public final class SectorPattern {
    private static final int WORDS = BlockGeometry.SECTOR / Long.BYTES;

    private SectorPattern() {}

    /** Writes the sector's bytes at {@code offset}. */
    public static void fill(ByteBuffer buffer, int offset, long sector, long generation) {
        long sum = mix(sector, generation);
        buffer.putLong(offset, sector);
        buffer.putLong(offset + 8, generation);
        for (int i = 2; i < WORDS - 1; i++) {
            long word = mix(sum, i);
            buffer.putLong(offset + 8 * i, word);
            sum += word;
        }
        buffer.putLong(offset + 8 * (WORDS - 1), sum);
    }

    /** What is wrong with the sector's bytes at {@code offset}; empty when nothing is. */
    public static String check(ByteBuffer buffer, int offset, long sector, long generation) {
        long foundSector = buffer.getLong(offset);
        long foundGeneration = buffer.getLong(offset + 8);
        if (generation == 0) {
            for (int i = 0; i < WORDS; i++) {
                if (buffer.getLong(offset + 8 * i) != 0) {
                    return "sector " + sector + " should be zeroes, has " + foundGeneration;
                }
            }
            return "";
        }
        if (foundSector != sector || foundGeneration != generation) {
            return "sector %d generation %d expected, found sector %d generation %d"
                    .formatted(sector, generation, foundSector, foundGeneration);
        }
        long sum = mix(sector, generation);
        for (int i = 2; i < WORDS - 1; i++) {
            long word = buffer.getLong(offset + 8 * i);
            if (word != mix(sum, i)) {
                return "sector " + sector + " generation " + generation + " torn at word " + i;
            }
            sum += word;
        }
        return buffer.getLong(offset + 8 * (WORDS - 1)) == sum
                ? ""
                : "sector " + sector + " generation " + generation + " has a wrong checksum";
    }

    private static long mix(long a, long b) {
        long x = a * 0x9e3779b97f4a7c15L + b * 0xbf58476d1ce4e5b9L;
        x ^= x >>> 31;
        return x * 0x94d049bb133111ebL;
    }
}
