package org.interposer.frontend.virtio.testkit;

import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.interposer.api.memory.DirtyLog;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.memory.MemoryListener;
import org.interposer.api.memory.MemoryRegion;
import org.interposer.api.memory.MemorySlices;
import org.interposer.api.memory.MemoryWindow;

/** RAM from address 0 in one direct buffer, with a log of what devices wrote. */
public final class FakeMemory implements GuestMemory {
    private final ByteBuffer ram;
    private final Dirty dirty = new Dirty();

    /** So many bytes. */
    public FakeMemory(int bytes) {
        ram = ByteBuffer.allocateDirect(bytes + 4096).alignedSlice(4096);
        ram.limit(bytes);
    }

    @Override
    public long ramBytes() {
        return ram.limit();
    }

    @Override
    public List<MemoryRegion> regions() {
        return List.of(new MemoryRegion("ram", MemoryRegion.Kind.RAM, 0, ram.limit(), List.of()));
    }

    @Override
    public boolean isRam(long address, long length) {
        return address >= 0 && length >= 0 && length <= ram.limit() - address;
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
        dirty.mark(address, length);
        return true;
    }

    /** Writes as the guest does: without a dirty mark. */
    public void poke(long address, byte... bytes) {
        ram.put((int) address, bytes);
    }

    /** Reads bytes that must be RAM. */
    public byte[] peek(long address, int length) {
        byte[] bytes = new byte[length];
        ram.get((int) address, bytes);
        return bytes;
    }

    @Override
    public Optional<MemoryWindow> window(long address, long length) {
        return isRam(address, length) && length <= MAX_WINDOW
                ? Optional.of(
                        new MemoryWindow(ram.slice((int) address, (int) length), address, dirty))
                : Optional.empty();
    }

    @Override
    public boolean slices(long address, long length, MemorySlices into) {
        return isRam(address, length) && into.add(address, ram, 0, (int) address, (int) length);
    }

    @Override
    public Dirty dirtyLog() {
        return dirty;
    }

    @Override
    public boolean discard(long address, long length) {
        return false;
    }

    @Override
    public MemoryRegion addRom(String name, long base, byte[] content) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void remove(MemoryRegion region) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void addListener(MemoryListener listener) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void removeListener(MemoryListener listener) {
        throw new UnsupportedOperationException();
    }

    @Override
    public OptionalInt descriptor() {
        return OptionalInt.empty();
    }

    @Override
    public void close() {}

    /** Remembers pages. */
    public static final class Dirty implements DirtyLog {
        @Override
        public void addObserver(Observer observer) {
            // Nothing here decodes code.
        }

        @Override
        public void removeObserver(Observer observer) {
            // None was added.
        }

        private final BitSet pages = new BitSet();
        private volatile boolean on;

        @Override
        public boolean enabled() {
            return on;
        }

        @Override
        public synchronized void mark(long address, long length) {
            pages.set((int) (address >> 12), (int) ((address + length + 4095) >> 12));
        }

        /** Whether the page of an address was marked. */
        public synchronized boolean marked(long address) {
            return pages.get((int) (address >> 12));
        }

        @Override
        public synchronized void start() {
            pages.clear();
            on = true;
        }

        @Override
        public void stop() {
            on = false;
        }

        @Override
        public synchronized long collect(RunConsumer consumer) {
            pages.stream().forEach(page -> consumer.run((long) page << 12, 4096));
            long count = pages.cardinality();
            pages.clear();
            return count;
        }

        @Override
        public void addSource(Source source) {}

        @Override
        public void removeSource(Source source) {}
    }
}
