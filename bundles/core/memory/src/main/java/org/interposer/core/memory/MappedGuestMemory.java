package org.interposer.core.memory;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import org.interposer.api.memory.DirtyLog;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.memory.MemoryListener;
import org.interposer.api.memory.MemoryRegion;
import org.interposer.api.memory.MemorySlices;
import org.interposer.api.memory.MemoryWindow;

/**
 * Guest memory over a mapped {@link RamFile}. RAM never changes after construction, so lookups take
 * no lock; ROMs are an immutable list behind a volatile field.
 */
final class MappedGuestMemory implements GuestMemory {
    private static final ByteBuffer ZEROES = ByteBuffer.allocateDirect(1 << 16);

    private final RamFile file;
    private final RamRegion[] ram;
    private final long ramBytes;
    private final RamDirtyLog dirty;
    private final List<MemoryRegion> ramMap;
    private final List<MemoryListener> listeners = new CopyOnWriteArrayList<>();
    private volatile List<RomRegion> roms = List.of();
    private volatile boolean closed;

    /** Takes over the file and its regions, sorted by base. */
    MappedGuestMemory(RamFile file, List<RamRegion> regions) {
        this.file = file;
        ram = regions.toArray(new RamRegion[0]);
        ramBytes = regions.stream().mapToLong(r -> r.length).sum();
        ramMap = regions.stream().map(RamRegion::describe).toList();
        dirty = new RamDirtyLog(ram);
    }

    @Override
    public long ramBytes() {
        return ramBytes;
    }

    @Override
    public List<MemoryRegion> regions() {
        List<MemoryRegion> all = new ArrayList<>(ramMap);
        roms.forEach(rom -> all.add(rom.region()));
        all.sort(Comparator.comparingLong(MemoryRegion::base));
        return List.copyOf(all);
    }

    @Override
    public boolean isRam(long address, long length) {
        for (RamRegion region : ram) {
            if (region.contains(address, length)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean read(long address, byte[] target, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, target.length);
        for (RamRegion region : ram) {
            if (region.contains(address, length)) {
                copyOut(region, address, target, offset, length);
                return true;
            }
        }
        return readMixed(address, target, offset, length);
    }

    /** A range that is ROM at least in part: checked as a whole before a byte is copied. */
    private boolean readMixed(long address, byte[] target, int offset, int length) {
        List<RomRegion> present = roms;
        for (int done = 0; done < length; ) {
            int part = memoryBytesAt(present, address + done, length - done);
            if (part == 0) {
                return false;
            }
            done += part;
        }
        for (int done = 0; done < length; ) {
            int part = memoryBytesAt(present, address + done, length - done);
            copyPart(present, address + done, target, offset + done, part);
            done += part;
        }
        return length > 0;
    }

    private int memoryBytesAt(List<RomRegion> present, long address, int wanted) {
        for (RamRegion region : ram) {
            if (region.contains(address, 1)) {
                return (int) Math.min(wanted, region.end() - address);
            }
        }
        for (RomRegion rom : present) {
            long offset = address - rom.region().base();
            if (offset >= 0 && offset < rom.region().length()) {
                return (int) Math.min(wanted, rom.region().length() - offset);
            }
        }
        return 0;
    }

    private void copyPart(
            List<RomRegion> present, long address, byte[] target, int offset, int length) {
        for (RamRegion region : ram) {
            if (region.contains(address, length)) {
                copyOut(region, address, target, offset, length);
                return;
            }
        }
        for (RomRegion rom : present) {
            long at = address - rom.region().base();
            if (at >= 0 && at < rom.region().length()) {
                rom.content().get((int) at, target, offset, length);
                return;
            }
        }
    }

    private static void copyOut(
            RamRegion region, long address, byte[] target, int offset, int length) {
        long at = address - region.base;
        int done = 0;
        while (done < length) {
            int index = RamRegion.pieceAt(at + done);
            ByteBuffer piece = region.piece(index);
            int start = (int) (at + done - index * RamRegion.PIECE);
            int part = Math.min(length - done, piece.capacity() - start);
            piece.get(start, target, offset + done, part);
            done += part;
        }
    }

    @Override
    public boolean write(long address, byte[] source, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, source.length);
        for (RamRegion region : ram) {
            if (region.contains(address, length)) {
                long at = address - region.base;
                int done = 0;
                while (done < length) {
                    int index = RamRegion.pieceAt(at + done);
                    ByteBuffer piece = region.piece(index);
                    int start = (int) (at + done - index * RamRegion.PIECE);
                    int part = Math.min(length - done, piece.capacity() - start);
                    piece.put(start, source, offset + done, part);
                    done += part;
                }
                dirty.mark(address, length);
                return true;
            }
        }
        return false;
    }

    @Override
    public Optional<MemoryWindow> window(long address, long length) {
        if (length > MAX_WINDOW || length <= 0) {
            return Optional.empty();
        }
        for (RamRegion region : ram) {
            if (region.contains(address, length)) {
                long at = address - region.base;
                int index = RamRegion.pieceAt(at);
                int start = (int) (at - index * RamRegion.PIECE);
                ByteBuffer view = region.piece(index).slice(start, (int) length);
                return Optional.of(new MemoryWindow(view, address, dirty));
            }
        }
        return Optional.empty();
    }

    @Override
    public boolean slices(long address, long length, MemorySlices into) {
        for (RamRegion region : ram) {
            if (region.contains(address, length)) {
                return slices(region, address, length, into);
            }
        }
        return false;
    }

    private static boolean slices(RamRegion region, long address, long length, MemorySlices into) {
        long at = address - region.base;
        if (needed(region, at, length) > into.room()) {
            return false;
        }
        long done = 0;
        while (done < length) {
            int index = RamRegion.pieceAt(at + done);
            ByteBuffer piece = region.piece(index);
            int start = (int) (at + done - index * RamRegion.PIECE);
            int part = (int) Math.min(length - done, piece.capacity() - start);
            into.add(address + done, piece, region.pieceAddress(index), start, part);
            done += part;
        }
        return true;
    }

    private static int needed(RamRegion region, long at, long length) {
        int count = 0;
        long done = 0;
        while (done < length) {
            int index = RamRegion.pieceAt(at + done);
            long start = at + done - index * RamRegion.PIECE;
            done += Math.min(length - done, region.piece(index).capacity() - start);
            count++;
        }
        return count;
    }

    @Override
    public DirtyLog dirtyLog() {
        return dirty;
    }

    @Override
    public boolean discard(long address, long length) {
        long page = MemoryRegion.PAGE_SIZE;
        if (address % page != 0 || length % page != 0) {
            return false;
        }
        for (RamRegion region : ram) {
            if (region.contains(address, length)) {
                if (length > 0) {
                    clear(region, address - region.base, length);
                    dirty.mark(address, length);
                }
                return true;
            }
        }
        return false;
    }

    private void clear(RamRegion region, long at, long length) {
        if (file.punch(region.fileOffset + at, length)) {
            return;
        }
        for (long done = 0; done < length; ) {
            int index = RamRegion.pieceAt(at + done);
            ByteBuffer piece = region.piece(index);
            int start = (int) (at + done - index * RamRegion.PIECE);
            long longest = Math.min(ZEROES.capacity(), piece.capacity() - start);
            int part = (int) Math.min(length - done, longest);
            piece.put(start, ZEROES, 0, part);
            done += part;
        }
    }

    @Override
    public synchronized MemoryRegion addRom(String name, long base, byte[] content) {
        RomRegion rom = RomRegion.of(name, base, content);
        MemoryRegion region = rom.region();
        for (MemoryRegion other : regions()) {
            if (region.base() < other.end() && other.base() < region.end()) {
                throw new IllegalArgumentException(
                        "ROM '%s' at 0x%x–0x%x overlaps '%s' at 0x%x–0x%x"
                                .formatted(
                                        name,
                                        region.base(),
                                        region.end() - 1,
                                        other.name(),
                                        other.base(),
                                        other.end() - 1));
            }
        }
        List<RomRegion> next = new ArrayList<>(roms);
        next.add(rom);
        roms = List.copyOf(next);
        listeners.forEach(listener -> listener.regionAdded(region));
        return region;
    }

    @Override
    public synchronized void remove(MemoryRegion region) {
        List<RomRegion> next = new ArrayList<>(roms);
        Optional<RomRegion> found =
                next.stream().filter(rom -> rom.region().equals(region)).findFirst();
        if (found.isEmpty()) {
            throw new IllegalArgumentException(
                    "'" + region.name() + "' is not a ROM of this memory; only ROMs are removed");
        }
        next.remove(found.get());
        roms = List.copyOf(next);
        // The ROM's buffer stays reachable through 'found' until every listener has let go of it.
        listeners.forEach(listener -> listener.regionRemoved(found.get().region()));
    }

    @Override
    public synchronized void addListener(MemoryListener listener) {
        regions().forEach(listener::regionAdded);
        listeners.add(listener);
    }

    @Override
    public synchronized void removeListener(MemoryListener listener) {
        listeners.remove(listener);
    }

    @Override
    public OptionalInt descriptor() {
        return file.descriptor();
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        for (RamRegion region : ram) {
            clear(region, 0, region.length);
        }
        file.close();
    }
}
