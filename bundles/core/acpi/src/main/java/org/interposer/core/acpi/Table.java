package org.interposer.core.acpi;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A table under construction, little-endian, with the header that all but RSDP and FACS have. */
final class Table {
    static final int HEADER = 36;
    private static final int LENGTH_AT = 4;
    private static final int CHECKSUM_AT = 9;
    private static final int CAPACITY = 64 << 10;

    private final ByteBuffer bytes = ByteBuffer.allocate(CAPACITY).order(ByteOrder.LITTLE_ENDIAN);

    /** Begins a table (ACPI 6.5 §5.2.6). */
    Table(String signature, int revision) {
        text(signature).u32(0).u8(revision).u8(0);
        text("INTPSR").text("INTERPSR").u32(1).text("INTP").u32(1);
    }

    Table u8(int value) {
        bytes.put((byte) value);
        return this;
    }

    Table u16(int value) {
        bytes.putShort((short) value);
        return this;
    }

    Table u32(long value) {
        bytes.putInt((int) value);
        return this;
    }

    Table u64(long value) {
        bytes.putLong(value);
        return this;
    }

    Table text(String ascii) {
        return raw(ascii.getBytes(US_ASCII));
    }

    Table raw(byte[] content) {
        bytes.put(content);
        return this;
    }

    /** A generic address (§5.2.3.2) of ports: width in bits, access size 1 byte … 3 dword. */
    Table port(int port, int bits, int access) {
        return u8(1).u8(bits).u8(0).u8(access).u64(port);
    }

    /** Fills with zeroes up to an offset. */
    Table upTo(int offset) {
        return raw(new byte[offset - bytes.position()]);
    }

    /** The finished table: length and checksum set. */
    byte[] finish() {
        int length = bytes.position();
        byte[] table = new byte[length];
        bytes.putInt(LENGTH_AT, length).get(0, table);
        table[CHECKSUM_AT] = checksum(table, length);
        return table;
    }

    /** What makes the sum of the first bytes zero. */
    static byte checksum(byte[] table, int length) {
        int sum = 0;
        for (int i = 0; i < length; i++) {
            sum += table[i];
        }
        return (byte) -sum;
    }
}
