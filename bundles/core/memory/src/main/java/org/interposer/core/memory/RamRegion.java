package org.interposer.core.memory;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.memory.MemoryRegion;
import org.interposer.api.memory.MemoryRegion.HostMapping;

/**
 * One contiguous region of RAM, mapped in pieces: piece {@code i} starts {@code i} × {@link #PIECE}
 * into the region and runs {@link #OVERLAP} into the next one, so that a range of up to that length
 * lies wholly in the piece that it starts in.
 */
final class RamRegion {
    /** log2 of the distance of two pieces. */
    static final int PIECE_SHIFT = 30;

    /** Distance of two pieces in bytes. */
    static final long PIECE = 1L << PIECE_SHIFT;

    /** How far a piece runs into the next one, in bytes. */
    static final long OVERLAP = GuestMemory.MAX_WINDOW;

    final String name;
    final long base;
    final long length;

    /** Where the region begins in the file. */
    final long fileOffset;

    private final ByteBuffer[] pieces;
    private final long[] addresses;

    /** Maps a part of the file. */
    RamRegion(String name, long base, long length, RamFile file, long fileOffset)
            throws IOException {
        this.name = name;
        this.base = base;
        this.length = length;
        this.fileOffset = fileOffset;
        int count = (int) ((length + PIECE - 1) >>> PIECE_SHIFT);
        pieces = new ByteBuffer[count];
        addresses = new long[count];
        for (int i = 0; i < count; i++) {
            long start = i * PIECE;
            long bytes = Math.min(PIECE + OVERLAP, length - start);
            pieces[i] =
                    file.channel().map(FileChannel.MapMode.READ_WRITE, fileOffset + start, bytes);
            // SAFETY: only the number is kept; whoever uses it must keep the memory reachable,
            // which keeps the buffer and with it the mapping.
            addresses[i] = Pointer.nativeValue(Native.getDirectBufferPointer(pieces[i]));
            file.mapped(addresses[i], bytes);
        }
    }

    /** First address behind it. */
    long end() {
        return base + length;
    }

    /** Whether the range, of at least 0 bytes, is in it; safe against wrap-around. */
    boolean contains(long address, long bytes) {
        long offset = address - base;
        return offset >= 0 && bytes >= 0 && offset <= length && bytes <= length - offset;
    }

    /** Index of the piece for an offset into the region. */
    static int pieceAt(long offset) {
        return (int) (offset >>> PIECE_SHIFT);
    }

    /** The piece's buffer. */
    ByteBuffer piece(int index) {
        return pieces[index];
    }

    /** The piece's address in this process. */
    long pieceAddress(int index) {
        return addresses[index];
    }

    /** The region as engines see it; the mappings do not overlap. */
    MemoryRegion describe() {
        List<HostMapping> mappings = new ArrayList<>(pieces.length);
        for (int i = 0; i < pieces.length; i++) {
            long start = i * PIECE;
            long bytes = Math.min(PIECE, length - start);
            mappings.add(new HostMapping(base + start, bytes, addresses[i]));
        }
        return new MemoryRegion(name, MemoryRegion.Kind.RAM, base, length, mappings);
    }
}
