package org.interposer.engine.softcpu.fp;

/** Packed BCD of FBLD and FBSTP: 18 digits in 72 bits, the sign in bit 79. */
final class Decimal {
    private static final long LIMIT = 1_000_000_000_000_000_000L;
    private static final long INDEFINITE_LOW = 0xC000_0000_0000_0000L;
    private static final int INDEFINITE_HIGH = 0xFFFF;

    private Decimal() {}

    /** The magnitude of a packed number. */
    static long magnitude(long low, int high) {
        long value = (high >>> 4 & 0xF) * 10L + (high & 0xF);
        for (int shift = 60; shift >= 0; shift -= 4) {
            value = value * 10 + (low >>> shift & 0xF);
        }
        return value;
    }

    /** Packs a rounded number; the upper 16 bits go to {@code signExponent}. */
    static long pack(long sig, int se, FloatStatus s) {
        int before = s.raised;
        long value = Integers.toInteger(sig, se, 64, s.rounding, s);
        if ((s.raised & FloatStatus.INVALID) != 0 || value >= LIMIT || value <= -LIMIT) {
            s.raised = before | FloatStatus.INVALID;
            s.roundedUp = false;
            s.signExponent = INDEFINITE_HIGH;
            return INDEFINITE_LOW;
        }
        long rest = Math.abs(value);
        long low = 0;
        for (int shift = 0; shift < 64; shift += 4) {
            low |= rest % 10 << shift;
            rest /= 10;
        }
        s.signExponent = se & 0x8000 | (int) (rest / 10) << 4 | (int) (rest % 10);
        return low;
    }
}
