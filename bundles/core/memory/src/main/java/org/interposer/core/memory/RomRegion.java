package org.interposer.core.memory;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.util.List;
import org.interposer.api.memory.MemoryRegion;
import org.interposer.api.memory.MemoryRegion.HostMapping;

/** A ROM: a page-aligned direct buffer and its place in the map. */
record RomRegion(MemoryRegion region, ByteBuffer content) {

    /** Copies the content into whole pages. */
    static RomRegion of(String name, long base, byte[] content) {
        int page = MemoryRegion.PAGE_SIZE;
        int length = (content.length + page - 1) / page * page;
        if (base < 0 || base % page != 0 || length == 0 || base + length < 0) {
            throw new IllegalArgumentException(
                    "ROM '%s' of %d bytes at 0x%x: needs content and a base that is a multiple of %d"
                            .formatted(name, content.length, base, page));
        }
        ByteBuffer buffer = ByteBuffer.allocateDirect(length + page).alignedSlice(page);
        buffer.limit(length);
        ByteBuffer pages = buffer.slice();
        pages.put(0, content, 0, content.length);
        // SAFETY: only the number is kept; the record holds the buffer.
        long address = Pointer.nativeValue(Native.getDirectBufferPointer(pages));
        MemoryRegion region =
                new MemoryRegion(
                        name,
                        MemoryRegion.Kind.ROM,
                        base,
                        length,
                        List.of(new HostMapping(base, length, address)));
        return new RomRegion(region, pages);
    }
}
