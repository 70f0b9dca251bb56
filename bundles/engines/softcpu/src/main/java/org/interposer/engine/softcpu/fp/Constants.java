package org.interposer.engine.softcpu.fp;

/** The constants of FLD1 … FLDZ, rounded as the rounding control demands. */
final class Constants {
    // Truncated significands; whether the next bit is set decides about rounding to nearest.
    private static final long[] SIGNIFICANDS = {
        0x8000_0000_0000_0000L, // 1
        0xD49A_784B_CD1B_8AFEL, // log2 10 = …AFE.492
        0xB8AA_3B29_5C17_F0BBL, // log2 e = …0BB.BE8
        0xC90F_DAA2_2168_C234L, // π = …234.C4C
        0x9A20_9A84_FBCF_F798L, // log10 2 = …798.8F8
        0xB172_17F7_D1CF_79ABL, // ln 2 = …9AB.C9E
        0,
    };

    private static final int[] EXPONENTS = {0x3FFF, 0x4000, 0x3FFF, 0x4000, 0x3FFD, 0x3FFE, 0};
    private static final int ROUND_UP_TO_NEAREST = 0b0111100;
    private static final int INEXACT = 0b0111110;

    private Constants() {}

    static long significand(int index, int rounding) {
        int up =
                rounding == FloatStatus.NEAREST
                        ? ROUND_UP_TO_NEAREST
                        : rounding == FloatStatus.UP ? INEXACT : 0;
        return SIGNIFICANDS[index] + (up >>> index & 1);
    }

    static int signExponent(int index) {
        return EXPONENTS[index];
    }
}
