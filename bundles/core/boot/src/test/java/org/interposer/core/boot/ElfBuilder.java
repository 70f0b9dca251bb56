package org.interposer.core.boot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Makes ELF executables for the tests. */
final class ElfBuilder {
    private record Segment(int type, long physical, byte[] content, long memorySize) {}

    private final boolean wide;
    private final List<Segment> segments = new ArrayList<>();
    private int machine;
    private long entry;

    ElfBuilder(boolean wide) {
        this.wide = wide;
        machine = wide ? 62 : 3;
    }

    ElfBuilder machine(int number) {
        machine = number;
        return this;
    }

    ElfBuilder entry(long address) {
        entry = address;
        return this;
    }

    ElfBuilder load(long physical, byte[] content, long memorySize) {
        segments.add(new Segment(1, physical, content, memorySize));
        return this;
    }

    /** A note segment with a note of somebody else before the one that counts. */
    ElfBuilder pvh(long address) {
        ByteBuffer notes = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        notes.putInt(5).putInt(3).putInt(1).put("Else\0\0\0\0".getBytes(StandardCharsets.UTF_8));
        notes.putInt(0x111111);
        notes.putInt(4).putInt(wide ? 8 : 4).putInt(18);
        notes.put("Xen\0".getBytes(StandardCharsets.UTF_8));
        if (wide) {
            notes.putLong(address);
        } else {
            notes.putInt((int) address);
        }
        byte[] content = Arrays.copyOf(notes.array(), notes.position());
        segments.add(new Segment(4, 0, content, content.length));
        return this;
    }

    byte[] build() {
        int header = wide ? 64 : 52;
        int entrySize = wide ? 56 : 32;
        int at = header + entrySize * segments.size();
        int size = at + segments.stream().mapToInt(s -> s.content().length).sum();
        ByteBuffer elf = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        elf.putInt(0, ElfImage.MAGIC).put(4, (byte) (wide ? 2 : 1)).put(5, (byte) 1);
        elf.put(6, (byte) 1).putShort(16, (short) 2).putShort(18, (short) machine).putInt(20, 1);
        if (wide) {
            elf.putLong(24, entry).putLong(32, header);
        } else {
            elf.putInt(24, (int) entry).putInt(28, header);
        }
        elf.putShort(wide ? 54 : 42, (short) entrySize);
        elf.putShort(wide ? 56 : 44, (short) segments.size());
        for (int i = 0; i < segments.size(); i++) {
            Segment s = segments.get(i);
            elf.position(header + i * entrySize);
            long virtual = s.type() == 1 ? s.physical() + 0x4000_0000L : 0;
            if (wide) {
                elf.putInt(s.type()).putInt(5).putLong(at).putLong(virtual).putLong(s.physical());
                elf.putLong(s.content().length).putLong(s.memorySize());
            } else {
                elf.putInt(s.type()).putInt(at).putInt((int) virtual).putInt((int) s.physical());
                elf.putInt(s.content().length).putInt((int) s.memorySize());
            }
            elf.put(at, s.content());
            at += s.content().length;
        }
        return elf.array();
    }
}
