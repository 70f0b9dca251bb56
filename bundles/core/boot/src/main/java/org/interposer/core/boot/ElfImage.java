package org.interposer.core.boot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.interposer.api.boot.BootException;

/** An x86 ELF executable, 32 or 64 bits (System V gABI chapters 4 and 5). */
final class ElfImage {
    static final int MAGIC = 0x464C_457F;

    private static final int PT_LOAD = 1;
    private static final int PT_NOTE = 4;
    private static final int MACHINE_386 = 3;
    private static final int MACHINE_X86_64 = 62;
    private static final int MAX_HEADERS = 256;
    private static final int MAX_NOTES = 1 << 20;
    private static final int XEN_PHYS32_ENTRY = 18;

    private record Segment(
            int type, long offset, long virtual, long physical, long fileSize, long memorySize) {}

    private final ImageFile image;
    private final boolean wide;
    private final long entry;
    private final List<Segment> segments = new ArrayList<>();

    ElfImage(ImageFile image) throws BootException {
        this.image = image;
        ByteBuffer ident = image.bytes(0, 24, "the ELF header");
        wide =
                switch (ident.get(4)) {
                    case 1 -> false;
                    case 2 -> true;
                    default -> throw image.error("is an ELF file of unknown class " + ident.get(4));
                };
        if (ident.get(5) != 1) {
            throw image.error("is a big-endian ELF file, not one for x86");
        }
        int machine = ident.getShort(18) & 0xFFFF;
        if (machine != MACHINE_386 && machine != MACHINE_X86_64) {
            throw image.error("is an ELF file for " + machine(machine) + ", not for x86");
        }
        ByteBuffer header = image.bytes(0, wide ? 64 : 52, "the ELF header");
        entry = wide ? header.getLong(24) : u32(header, 24);
        long table = wide ? header.getLong(32) : u32(header, 28);
        int entrySize = header.getShort(wide ? 54 : 42) & 0xFFFF;
        int count = header.getShort(wide ? 56 : 44) & 0xFFFF;
        readSegments(table, entrySize, count);
    }

    /** Physical entry address of a PVH kernel, from its note. */
    OptionalLong pvhEntry() throws BootException {
        for (Segment segment : segments) {
            if (segment.type() == PT_NOTE) {
                OptionalLong found = pvhEntry(segment);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return OptionalLong.empty();
    }

    /** Physical address of the ELF entry point. */
    long entry() throws BootException {
        for (Segment s : segments) {
            if (s.type() == PT_LOAD
                    && Long.compareUnsigned(entry - s.virtual(), s.memorySize()) < 0) {
                return entry - s.virtual() + s.physical();
            }
        }
        for (Segment s : segments) {
            if (s.type() == PT_LOAD
                    && Long.compareUnsigned(entry - s.physical(), s.memorySize()) < 0) {
                return entry;
            }
        }
        throw image.error("has its entry " + ImageFile.hex(entry) + " outside its segments");
    }

    /** Whether an address is in a loaded segment. */
    boolean covers(long physical) {
        return segments.stream()
                .anyMatch(
                        s ->
                                s.type() == PT_LOAD
                                        && Long.compareUnsigned(
                                                        physical - s.physical(), s.memorySize())
                                                < 0);
    }

    /** Claims and writes all segments. */
    void load(Placement placement) throws BootException {
        List<Segment> loads =
                segments.stream().filter(s -> s.type() == PT_LOAD && s.memorySize() > 0).toList();
        if (loads.isEmpty()) {
            throw image.error("is an ELF file without anything to load");
        }
        for (Segment s : loads) {
            if (s.fileSize() > s.memorySize() || s.memorySize() < 0 || s.fileSize() < 0) {
                throw image.error(
                        "is corrupt: its segment at "
                                + ImageFile.hex(s.physical())
                                + " is longer in the file than in memory");
            }
            image.require(s.offset(), s.fileSize(), "a segment");
            placement.claim(image, "segment", s.physical(), s.memorySize());
        }
        for (Segment s : loads) {
            image.copyTo(s.offset(), s.fileSize(), placement.memory(), s.physical(), "a segment");
            placement.clear(s.physical() + s.fileSize(), s.memorySize() - s.fileSize());
        }
    }

    private void readSegments(long table, int entrySize, int count) throws BootException {
        if (count == 0) {
            throw image.error("is an ELF object without program headers, not an executable");
        }
        if (entrySize < (wide ? 56 : 32) || count > MAX_HEADERS) {
            throw image.error(
                    "is corrupt: " + count + " ELF program headers of " + entrySize + " bytes");
        }
        ByteBuffer headers = image.bytes(table, entrySize * count, "the ELF program headers");
        for (int i = 0; i < count; i++) {
            ByteBuffer h = headers.slice(i * entrySize, entrySize).order(ByteOrder.LITTLE_ENDIAN);
            segments.add(
                    wide
                            ? new Segment(
                                    h.getInt(0),
                                    h.getLong(8),
                                    h.getLong(16),
                                    h.getLong(24),
                                    h.getLong(32),
                                    h.getLong(40))
                            : new Segment(
                                    h.getInt(0),
                                    u32(h, 4),
                                    u32(h, 8),
                                    u32(h, 12),
                                    u32(h, 16),
                                    u32(h, 20)));
        }
    }

    private OptionalLong pvhEntry(Segment segment) throws BootException {
        if (segment.fileSize() < 0 || segment.fileSize() > MAX_NOTES) {
            throw image.error("is corrupt: it has " + segment.fileSize() + " bytes of ELF notes");
        }
        ByteBuffer notes = image.bytes(segment.offset(), (int) segment.fileSize(), "the ELF notes");
        int at = 0;
        while (at + 12 <= notes.limit()) {
            long nameSize = u32(notes, at);
            long descSize = u32(notes, at + 4);
            long name = at + 12L;
            long desc = name + Placement.align(nameSize, 4);
            long next = desc + Placement.align(descSize, 4);
            if (desc + descSize > notes.limit()) {
                throw image.error("is corrupt: an ELF note reaches beyond its segment");
            }
            if (notes.getInt(at + 8) == XEN_PHYS32_ENTRY
                    && nameSize == 4
                    && "Xen\0".equals(text(notes, (int) name))) {
                return OptionalLong.of(entryOf(notes, (int) desc, descSize));
            }
            if (next > notes.limit()) {
                break;
            }
            at = (int) next;
        }
        return OptionalLong.empty();
    }

    private long entryOf(ByteBuffer notes, int at, long size) throws BootException {
        long found =
                switch ((int) size) {
                    case 4 -> u32(notes, at);
                    case 8 -> notes.getLong(at);
                    default -> throw image.error("is corrupt: its PVH note has " + size + " bytes");
                };
        if (found < 0 || found >= 1L << 32 || !covers(found)) {
            throw image.error(
                    "is corrupt: its PVH entry " + ImageFile.hex(found) + " is in no segment");
        }
        return found;
    }

    private static String text(ByteBuffer buffer, int at) {
        byte[] four = new byte[4];
        buffer.get(at, four);
        return new String(four, StandardCharsets.ISO_8859_1);
    }

    private static long u32(ByteBuffer buffer, int at) {
        return Integer.toUnsignedLong(buffer.getInt(at));
    }

    private static String machine(int number) {
        return switch (number) {
            case 8 -> "MIPS";
            case 20, 21 -> "PowerPC";
            case 22 -> "S/390";
            case 40 -> "arm";
            case 183 -> "arm64";
            case 243 -> "RISC-V";
            case 258 -> "LoongArch";
            default -> "machine " + number;
        };
    }
}
