package org.interposer.itests.differential.generate;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Operand values, biased to the edges of each format. */
final class Values {
    /** What a piece of memory or a vector register looks like. */
    enum Flavour {
        INT,
        F32,
        F64,
        F80,
        BCD,
        /** x87 values of moderate size, for functions that are only approximated. */
        MILD,
        /** x87 values between -1 and 1. */
        UNIT
    }

    private static final int[] F32 = {
        0,
        0x80000000,
        0x3f800000,
        0xbf800000,
        0x00000001,
        0x80000001,
        0x007fffff,
        0x00800000,
        0x7f7fffff,
        0xff7fffff,
        0x7f800000,
        0xff800000,
        0x7fc00000,
        0xffc00000,
        0x7f800001,
        0xffbfffff,
        0x4f000000,
        0xcf000000,
        0x5f000000,
        0xdf000000,
        0x3f000000,
        0x4b7fffff,
        0x4b000001,
        0x3fc00000,
        0x40490fdb,
        0x4effffff
    };
    private static final long[] F64 = {
        0,
        0x8000000000000000L,
        0x3ff0000000000000L,
        0xbff0000000000000L,
        1,
        0x8000000000000001L,
        0x000fffffffffffffL,
        0x0010000000000000L,
        0x7fefffffffffffffL,
        0xffefffffffffffffL,
        0x7ff0000000000000L,
        0xfff0000000000000L,
        0x7ff8000000000000L,
        0xfff8000000000000L,
        0x7ff0000000000001L,
        0xfff7ffffffffffffL,
        0x41dfffffffc00000L,
        0xc1e0000000000000L,
        0x41e0000000000000L,
        0x43e0000000000000L,
        0xc3e0000000000000L,
        0x3fe0000000000000L,
        0x36a0000000000000L,
        0x380fffffe0000000L,
        0x47efffffe0000000L,
        0x47efffffefffffffL,
        0x3690000000000000L,
        0x4330000000000001L,
        0x3ff8000000000000L,
        0x400921fb54442d18L
    };
    private static final int[] EXPONENTS80 = {
        0, 1, 2, 0x3fff, 0x3ffe, 0x4000, 0x401e, 0x403e, 0x403d, 0x403f, 0x7ffe, 0x7fff, 0x7fff,
        0x3f81, 0x3f80, 0x3f6a, 0x3c01, 0x3c00, 0x3bcd, 0x43fe, 0x43ff, 0x407e, 0x407f, 0x400e
    };
    private static final long[] MANTISSAS80 = {
        0,
        0x8000000000000000L,
        0xffffffffffffffffL,
        0xc000000000000000L,
        1,
        0x4000000000000000L,
        0x7fffffffffffffffL,
        0x8000000000000001L,
        0xa000000000000000L,
        0xffffff0000000000L,
        0xffffff8000000000L,
        0xfffffffffffff800L,
        0xfffffffffffffc00L,
        0x8000008000000000L,
        0xc90fdaa22168c235L
    };

    private final Dice dice;

    Values(final Dice dice) {
        this.dice = dice;
    }

    long integer() {
        final int bits = dice.pick(8, 16, 32, 64);
        final long top = 1L << (bits - 1);
        switch (dice.below(10)) {
            case 0:
                return 0;
            case 1:
                return 1;
            case 2:
                return -1;
            case 3:
                return top;
            case 4:
                return top - 1;
            case 5:
                return top + dice.below(5) - 2;
            case 6:
                return 1L << dice.below(64);
            case 7:
                return dice.below(256);
            case 8:
                return dice.next() >> dice.below(64);
            default:
                return dice.next();
        }
    }

    int f32() {
        final int roll = dice.below(10);
        if (roll < 5) {
            return F32[dice.below(F32.length)];
        }
        final int random = (int) dice.next();
        if (roll < 8) {
            return random & 0x807fffff | (127 + dice.below(64) - 32) << 23;
        }
        return roll == 8 ? random & 0x807fffff : random;
    }

    long f64() {
        final int roll = dice.below(10);
        if (roll < 5) {
            return F64[dice.below(F64.length)];
        }
        final long random = dice.next();
        if (roll < 8) {
            return random & 0x800fffffffffffffL | (1023L + dice.below(140) - 70) << 52;
        }
        return roll == 8 ? random & 0x800fffffffffffffL : random;
    }

    void f80(final ByteBuffer to, final int at) {
        final int roll = dice.below(10);
        long mantissa = dice.next();
        int exponent = EXPONENTS80[dice.below(EXPONENTS80.length)];
        if (roll < 4) {
            mantissa = MANTISSAS80[dice.below(MANTISSAS80.length)];
        } else if (roll < 8) {
            mantissa |= 0x8000000000000000L;
            mantissa &=
                    dice.pick(-1L, 0xffffff0000000000L, 0xfffffffffffff800L, 0xffff000000000000L);
            exponent = 0x3fff + dice.below(140) - 70;
        } else if (roll == 8) {
            exponent = dice.below(0x8000);
        }
        to.putLong(at, mantissa);
        to.putShort(at + 8, (short) (exponent | dice.below(2) << 15));
    }

    private void mild(final ByteBuffer to, final int at, final int highest) {
        to.putLong(at, dice.next() | 0x8000000000000000L);
        to.putShort(at + 8, (short) (highest - dice.below(20) | dice.below(2) << 15));
    }

    private void bcd(final ByteBuffer to, final int at) {
        for (int i = 0; i < 9; i++) {
            to.put(at + i, (byte) (dice.below(10) << 4 | dice.below(10)));
        }
        to.put(at + 9, (byte) (dice.below(2) << 7));
    }

    /** Fills 16 bytes. */
    void fill(final ByteBuffer to, final int at, final Flavour flavour) {
        to.putLong(at, dice.next());
        to.putLong(at + 8, dice.next());
        switch (flavour) {
            case F32:
                for (int i = 0; i < 16; i += 4) {
                    to.putInt(at + i, f32());
                }
                break;
            case F64:
                to.putLong(at, f64());
                to.putLong(at + 8, f64());
                break;
            case F80:
                f80(to, at);
                break;
            case BCD:
                bcd(to, at);
                break;
            case MILD:
                mild(to, at, 0x3fff + 10);
                break;
            case UNIT:
                mild(to, at, 0x3ffc);
                break;
            default:
                integers(to, at);
        }
    }

    private void integers(final ByteBuffer to, final int at) {
        final int size = dice.pick(1, 2, 4, 8, 16);
        for (int i = 0; i < 16 && size < 16; i += size) {
            final long value = integer();
            switch (size) {
                case 1:
                    to.put(at + i, (byte) value);
                    break;
                case 2:
                    to.putShort(at + i, (short) value);
                    break;
                case 4:
                    to.putInt(at + i, (int) value);
                    break;
                default:
                    to.putLong(at + i, value);
            }
        }
    }

    static ByteBuffer buffer(final byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
