package org.interposer.engine.softcpu.fp;

import java.util.Random;

/** Seeded operands that are special more often than chance would have them. */
final class Operands {
    private static final double[] SPECIAL = {
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.5,
        3.0,
        1e9,
        Double.MIN_VALUE,
        -Double.MIN_VALUE,
        Double.MIN_NORMAL,
        Math.nextDown(Double.MIN_NORMAL),
        Double.MAX_VALUE,
        -Double.MAX_VALUE,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        Double.NaN,
        Float.MIN_VALUE,
        Float.MIN_NORMAL,
        Float.MAX_VALUE,
        0x1p53,
        0x1p31,
        -0x1p31,
        -0x1p63,
        0x1p63,
        0x1p-63,
    };

    private final Random random;

    Operands(long seed) {
        random = new Random(seed);
    }

    int below(int bound) {
        return random.nextInt(bound);
    }

    long bits() {
        return random.nextLong();
    }

    long f64() {
        switch (random.nextInt(5)) {
            case 0:
                return Double.doubleToRawLongBits(SPECIAL[random.nextInt(SPECIAL.length)]);
            case 1:
                return random.nextLong();
            case 2:
                return Double.doubleToRawLongBits(random.nextInt(2000) / 8.0 - 100);
            case 3:
                return random.nextLong() & 0x800F_FFFF_FFFF_FFFFL >> random.nextInt(40);
            default:
                return f64Near(1023, 40);
        }
    }

    long f64Near(int exponent, int spread) {
        long field = exponent + random.nextInt(2 * spread) - spread;
        return random.nextLong() & 0x800F_FFFF_FFFF_FFFFL | field << 52;
    }

    int f32() {
        switch (random.nextInt(4)) {
            case 0:
                float special = (float) SPECIAL[random.nextInt(SPECIAL.length)];
                return Float.floatToRawIntBits(special);
            case 1:
                return random.nextInt();
            case 2:
                return Float.floatToRawIntBits(random.nextInt(2000) / 8f - 100);
            default:
                return random.nextInt() & 0x807F_FFFF | 107 + random.nextInt(40) << 23;
        }
    }

    /** A significand of a normal number, often with few bits. */
    long significand() {
        return (random.nextLong() | Long.MIN_VALUE) & -1L << random.nextInt(2) * random.nextInt(64);
    }

    /** Sign and an exponent around that of one. */
    int signExponent(int spread) {
        return 16383 + random.nextInt(2 * spread) - spread | random.nextInt(2) << 15;
    }
}
