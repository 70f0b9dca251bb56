package org.interposer.core.boot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.interposer.api.memory.DirtyLog;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.memory.MemoryListener;
import org.interposer.api.memory.MemoryRegion;
import org.interposer.api.memory.MemorySlices;
import org.interposer.api.memory.MemoryWindow;

/** RAM at address 0 in an array, and as much RAM at 4 GiB as is only described, not there. */
final class FakeMemory implements GuestMemory {
    private final ByteBuffer ram;
    private final long high;

    FakeMemory(int bytes) {
        this(bytes, 0);
    }

    FakeMemory(int bytes, long high) {
        ram = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        this.high = high;
    }

    byte[] bytes(long address, int length) {
        byte[] copy = new byte[length];
        ram.get((int) address, copy);
        return copy;
    }

    int u8(long address) {
        return ram.get((int) address) & 0xFF;
    }

    int i32(long address) {
        return ram.getInt((int) address);
    }

    long i64(long address) {
        return ram.getLong((int) address);
    }

    String text(long address) {
        StringBuilder text = new StringBuilder();
        for (long at = address; u8(at) != 0; at++) {
            text.append((char) u8(at));
        }
        return text.toString();
    }

    void fill(int value) {
        java.util.Arrays.fill(ram.array(), (byte) value);
    }

    @Override
    public long ramBytes() {
        return ram.capacity() + high;
    }

    @Override
    public List<MemoryRegion> regions() {
        List<MemoryRegion> regions = new ArrayList<>();
        regions.add(region("ram-low", 0, ram.capacity()));
        if (high > 0) {
            regions.add(region("ram-high", 1L << 32, high));
        }
        return regions;
    }

    private static MemoryRegion region(String name, long base, long length) {
        return new MemoryRegion(name, MemoryRegion.Kind.RAM, base, length, List.of());
    }

    @Override
    public boolean isRam(long address, long length) {
        return address >= 0 && length >= 0 && address <= ram.capacity() - length;
    }

    @Override
    public boolean read(long address, byte[] target, int offset, int length) {
        if (!isRam(address, length)) {
            return false;
        }
        ram.get((int) address, target, offset, length);
        return true;
    }

    @Override
    public boolean write(long address, byte[] source, int offset, int length) {
        if (!isRam(address, length)) {
            return false;
        }
        ram.put((int) address, source, offset, length);
        return true;
    }

    @Override
    public Optional<MemoryWindow> window(long address, long length) {
        return Optional.empty();
    }

    @Override
    public boolean slices(long address, long length, MemorySlices into) {
        return false;
    }

    @Override
    public DirtyLog dirtyLog() {
        throw new UnsupportedOperationException("loaders write through write()");
    }

    @Override
    public boolean discard(long address, long length) {
        return false;
    }

    @Override
    public MemoryRegion addRom(String name, long base, byte[] content) {
        throw new UnsupportedOperationException("loaders add no ROM");
    }

    @Override
    public void remove(MemoryRegion region) {
        throw new UnsupportedOperationException("loaders remove nothing");
    }

    @Override
    public void addListener(MemoryListener listener) {}

    @Override
    public void removeListener(MemoryListener listener) {}

    @Override
    public OptionalInt descriptor() {
        return OptionalInt.empty();
    }

    @Override
    public void close() {}
}
