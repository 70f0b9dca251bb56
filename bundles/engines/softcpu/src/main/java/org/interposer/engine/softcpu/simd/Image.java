package org.interposer.engine.softcpu.simd;

import org.interposer.engine.softcpu.cpu.Cpu;

/** Copies between guest memory and the byte arrays of FXSAVE, FNSAVE and FNSTENV. */
final class Image {
    private Image() {}

    /** Reads an image of an even number of bytes. */
    static void load(Cpu c, long va, byte[] to, int size) {
        int i = 0;
        for (; i + 8 <= size; i += 8) {
            long v = c.ld64(va + i);
            FxState.put32(to, i, (int) v);
            FxState.put32(to, i + 4, (int) (v >> 32));
        }
        for (; i < size; i += 2) {
            int v = c.ld16(va + i);
            to[i] = (byte) v;
            to[i + 1] = (byte) (v >> 8);
        }
    }

    /** Writes an even number of bytes; the caller has probed the range. */
    static void store(Cpu c, long va, byte[] from, int first, int size) {
        int i = first;
        for (; i + 8 <= size; i += 8) {
            c.st64(va + i, Swar.pair(FxState.get32(from, i), FxState.get32(from, i + 4)));
        }
        for (; i < size; i += 2) {
            c.st16(va + i, from[i] & 0xff | from[i + 1] << 8);
        }
    }
}
