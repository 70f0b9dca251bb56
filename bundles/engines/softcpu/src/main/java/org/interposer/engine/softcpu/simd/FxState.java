package org.interposer.engine.softcpu.simd;

import org.interposer.engine.softcpu.cpu.Cpu;

/** The 512-byte image of FXSAVE (SDM vol. 1 §10.5.1) of a vCPU's x87, MMX and SSE registers. */
public final class FxState {
    /** Bytes of the image. */
    public static final int SIZE = 512;

    /** Bits of MXCSR that exist. */
    public static final int MXCSR_MASK = 0xffff;

    static final int MXCSR = 24;
    static final int XMM = 160;

    private FxState() {}

    /** The registers as FXSAVE64 stores them. */
    public static byte[] save(Cpu c) {
        byte[] image = new byte[SIZE];
        save(c, image, true, 16);
        return image;
    }

    /**
     * Loads all registers from what {@link #save(Cpu)} returned. Bits of MXCSR that do not exist
     * are dropped.
     */
    public static void load(Cpu c, byte[] image) {
        if (image.length != SIZE) {
            throw new IllegalArgumentException(
                    "an FXSAVE image has 512 bytes, this one has " + image.length);
        }
        load(c, image, true, 16);
    }

    static void save(Cpu c, byte[] to, boolean wide, int registers) {
        c.x87.fxsave(to, 0, wide);
        put32(to, MXCSR, c.sse.mxcsr());
        put32(to, MXCSR + 4, MXCSR_MASK);
        for (int i = 0; i < 2 * registers; i++) {
            put32(to, XMM + 8 * i, (int) c.xmm[i]);
            put32(to, XMM + 8 * i + 4, (int) (c.xmm[i] >> 32));
        }
    }

    static void load(Cpu c, byte[] from, boolean wide, int registers) {
        c.x87.fxrstor(from, 0, wide);
        c.sse.loadMxcsr(get32(from, MXCSR) & MXCSR_MASK);
        for (int i = 0; i < 2 * registers; i++) {
            c.xmm[i] = Swar.pair(get32(from, XMM + 8 * i), get32(from, XMM + 8 * i + 4));
        }
    }

    static void put32(byte[] to, int at, int v) {
        for (int i = 0; i < 4; i++) {
            to[at + i] = (byte) (v >> 8 * i);
        }
    }

    static int get32(byte[] from, int at) {
        return from[at] & 0xff
                | (from[at + 1] & 0xff) << 8
                | (from[at + 2] & 0xff) << 16
                | from[at + 3] << 24;
    }
}
