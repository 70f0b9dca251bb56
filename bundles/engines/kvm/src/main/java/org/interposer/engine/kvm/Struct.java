package org.interposer.engine.kvm;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** A C structure in native memory, zeroed; freed when it is unreachable. One thread at a time. */
final class Struct {
    private final Memory memory;
    private final ByteBuffer bytes;

    /** A structure of that many bytes. */
    Struct(int size) {
        memory = new Memory(size);
        memory.clear();
        bytes = memory.getByteBuffer(0, size).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Bytes of the structure. */
    int size() {
        return bytes.capacity();
    }

    /** Its address; the caller keeps the structure reachable with {@link #keep}. */
    long address() {
        // SAFETY: valid while this object is reachable.
        return Pointer.nativeValue(memory);
    }

    /** Ends the use of {@link #address}. */
    void keep() {
        Reference.reachabilityFence(memory);
    }

    Struct put8(int offset, int value) {
        bytes.put(offset, (byte) value);
        return this;
    }

    Struct put16(int offset, int value) {
        bytes.putShort(offset, (short) value);
        return this;
    }

    Struct put32(int offset, int value) {
        bytes.putInt(offset, value);
        return this;
    }

    Struct put64(int offset, long value) {
        bytes.putLong(offset, value);
        return this;
    }

    Struct put(int offset, byte[] value) {
        bytes.put(offset, value);
        return this;
    }

    int get8(int offset) {
        return bytes.get(offset) & 0xff;
    }

    int get16(int offset) {
        return bytes.getShort(offset) & 0xffff;
    }

    int get32(int offset) {
        return bytes.getInt(offset);
    }

    long get64(int offset) {
        return bytes.getLong(offset);
    }

    byte[] get(int offset, int length) {
        byte[] copy = new byte[length];
        bytes.get(offset, copy);
        return copy;
    }

    /** Four characters, as CPUID signatures have them. */
    static int ascii(String four) {
        return ByteBuffer.wrap(four.getBytes(StandardCharsets.US_ASCII))
                .order(ByteOrder.LITTLE_ENDIAN)
                .getInt();
    }
}
