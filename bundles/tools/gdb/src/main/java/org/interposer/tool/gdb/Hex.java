package org.interposer.tool.gdb;

import java.util.HexFormat;

/** Numbers and bytes as the protocol writes them: registers in the guest's, little-endian order. */
final class Hex {
    private Hex() {}

    static String of(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    static byte[] bytes(String text) {
        return HexFormat.of().parseHex(text);
    }

    /** A number that the protocol writes with its highest digit first. */
    static long number(String text) {
        return Long.parseUnsignedLong(text, 16);
    }

    static void put(byte[] to, int at, int size, long value) {
        for (int i = 0; i < size; i++) {
            to[at + i] = (byte) (value >>> 8 * i);
        }
    }

    static long get(byte[] from, int at, int size) {
        long value = 0;
        for (int i = size - 1; i >= 0; i--) {
            value = value << 8 | from[at + i] & 0xff;
        }
        return value;
    }
}
