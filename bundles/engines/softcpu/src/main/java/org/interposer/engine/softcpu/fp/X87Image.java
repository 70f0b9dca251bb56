package org.interposer.engine.softcpu.fp;

/** The memory images of FNSTENV, FNSAVE and FXSAVE (SDM 1, 8.1.10 and 10.5.1). */
final class X87Image {
    private static final int RESERVED = 0xFFFF_0000;

    private X87Image() {}

    static void storeEnvironment(X87 x, byte[] to, int at, boolean wide, boolean real) {
        int ip = (int) x.instructionPointer;
        int dp = (int) x.dataPointer;
        if (wide) {
            put32(to, at, RESERVED | x.control);
            put32(to, at + 4, RESERVED | x.statusWord());
            put32(to, at + 8, RESERVED | x.tagWord());
            put32(to, at + 12, real ? RESERVED | ip & 0xFFFF : ip);
            int code = real ? ip >>> 16 << 12 | x.opcode : x.opcode << 16 | x.codeSelector;
            put32(to, at + 16, code);
            put32(to, at + 20, real ? RESERVED | dp & 0xFFFF : dp);
            put32(to, at + 24, real ? dp >>> 16 << 12 : RESERVED | x.dataSelector);
        } else {
            put16(to, at, x.control);
            put16(to, at + 2, x.statusWord());
            put16(to, at + 4, x.tagWord());
            put16(to, at + 6, ip);
            put16(to, at + 8, real ? ip >>> 16 << 12 | x.opcode : x.codeSelector);
            put16(to, at + 10, dp);
            put16(to, at + 12, real ? dp >>> 16 << 12 : x.dataSelector);
        }
    }

    static void loadEnvironment(X87 x, byte[] from, int at, boolean wide, boolean real) {
        int step = wide ? 4 : 2;
        x.setControlWord(get16(from, at));
        x.setStatusWord(get16(from, at + step));
        x.setTagWord(get16(from, at + 2 * step));
        int ip = wide ? get32(from, at + 12) : get16(from, at + 6);
        int code = wide ? get32(from, at + 16) : get16(from, at + 8);
        int dp = wide ? get32(from, at + 20) : get16(from, at + 10);
        int data = wide ? get32(from, at + 24) : get16(from, at + 12);
        if (real) {
            x.setOpcode(code);
            x.setInstruction(0, (code >>> 12 << 16 | ip & 0xFFFF) & 0xFFFF_FFFFL);
            x.setData(0, (data >>> 12 << 16 | dp & 0xFFFF) & 0xFFFF_FFFFL);
        } else {
            x.setOpcode(wide ? code >>> 16 : 0);
            x.setInstruction(code & 0xFFFF, ip & 0xFFFF_FFFFL);
            x.setData(data & 0xFFFF, dp & 0xFFFF_FFFFL);
        }
    }

    static void storeRegisters(X87 x, byte[] to, int at) {
        for (int i = 0; i < 8; i++) {
            put64(to, at + 10 * i, x.significand(i));
            put16(to, at + 10 * i + 8, x.signExponent(i));
        }
    }

    static void loadRegisters(X87 x, byte[] from, int at) {
        for (int i = 0; i < 8; i++) {
            loadRegister(x, i, from, at + 10 * i);
        }
    }

    private static void loadRegister(X87 x, int i, byte[] from, int at) {
        int physical = x.physical(i);
        x.significands[physical] = get64(from, at);
        x.signExponents[physical] = get16(from, at + 8);
    }

    static void storeExtended(X87 x, byte[] to, int at, boolean wide) {
        put16(to, at, x.control);
        put16(to, at + 2, x.statusWord());
        put16(to, at + 4, x.full);
        put16(to, at + 6, x.opcode);
        put32(to, at + 8, (int) x.instructionPointer);
        put32(to, at + 16, (int) x.dataPointer);
        put32(to, at + 12, wide ? (int) (x.instructionPointer >>> 32) : x.codeSelector);
        put32(to, at + 20, wide ? (int) (x.dataPointer >>> 32) : x.dataSelector);
        for (int i = 0; i < 8; i++) {
            put64(to, at + 32 + 16 * i, x.significand(i));
            put64(to, at + 40 + 16 * i, x.signExponent(i));
        }
    }

    static void loadExtended(X87 x, byte[] from, int at, boolean wide) {
        x.setControlWord(get16(from, at));
        x.setStatusWord(get16(from, at + 2));
        x.full = from[at + 4] & 0xFF;
        x.setOpcode(get16(from, at + 6));
        long ip = get64(from, at + 8);
        long dp = get64(from, at + 16);
        x.setInstruction(wide ? 0 : (int) (ip >>> 32) & 0xFFFF, wide ? ip : ip & 0xFFFF_FFFFL);
        x.setData(wide ? 0 : (int) (dp >>> 32) & 0xFFFF, wide ? dp : dp & 0xFFFF_FFFFL);
        for (int i = 0; i < 8; i++) {
            loadRegister(x, i, from, at + 32 + 16 * i);
        }
    }

    private static void put16(byte[] to, int at, int value) {
        to[at] = (byte) value;
        to[at + 1] = (byte) (value >>> 8);
    }

    private static void put32(byte[] to, int at, int value) {
        put16(to, at, value);
        put16(to, at + 2, value >>> 16);
    }

    private static void put64(byte[] to, int at, long value) {
        put32(to, at, (int) value);
        put32(to, at + 4, (int) (value >>> 32));
    }

    private static int get16(byte[] from, int at) {
        return from[at] & 0xFF | (from[at + 1] & 0xFF) << 8;
    }

    private static int get32(byte[] from, int at) {
        return get16(from, at) | get16(from, at + 2) << 16;
    }

    private static long get64(byte[] from, int at) {
        return get32(from, at) & 0xFFFF_FFFFL | (long) get32(from, at + 4) << 32;
    }
}
