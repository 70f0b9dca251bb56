package org.interposer.api.engine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.OptionalLong;
import org.interposer.api.memory.GuestMemory;

/**
 * Reads guest memory at linear addresses, for messages and debugging tools (SDM vol. 3 §4.3–4.5).
 * It checks no permission and sets no accessed bit: the guest does not notice.
 *
 * @param memory the guest's
 * @param cr0 paging enabled or not
 * @param cr3 root of the tables
 * @param cr4 PAE and five levels
 * @param efer long mode
 */
public record GuestWalk(GuestMemory memory, long cr0, long cr3, long cr4, long efer) {
    private static final long CR0_PG = 1L << 31;
    private static final long CR4_PSE = 1L << 4;
    private static final long CR4_PAE = 1L << 5;
    private static final long CR4_LA57 = 1L << 12;
    private static final long EFER_LMA = 1L << 10;
    private static final long FRAME = 0x000F_FFFF_FFFF_F000L;

    /** Bits 32–39 of the address of a 4 MiB page, in its entry (SDM vol. 3 table 4-4). */
    private static final long PSE36 = 0x1f_e000L;

    private static final int PAGE = 4096;

    /** With the tables and the mode of one vCPU. */
    public static GuestWalk of(GuestMemory memory, CpuState.Control control) {
        return new GuestWalk(memory, control.cr0(), control.cr3(), control.cr4(), control.efer());
    }

    /** Bytes at a linear address, fewer where the next page is not there. */
    public byte[] read(long linear, int length) {
        byte[] bytes = new byte[length];
        int done = 0;
        while (done < length) {
            int part = (int) Math.min(length - done, PAGE - ((linear + done) & (PAGE - 1)));
            OptionalLong physical = translate(linear + done);
            if (physical.isEmpty() || !memory.read(physical.getAsLong(), bytes, done, part)) {
                break;
            }
            done += part;
        }
        return Arrays.copyOf(bytes, done);
    }

    /** Guest-physical address of a linear one; empty where the tables map none. */
    public OptionalLong translate(long linear) {
        if ((cr0 & CR0_PG) == 0) {
            return OptionalLong.of(linear & 0xffff_ffffL);
        }
        if ((efer & EFER_LMA) != 0) {
            int levels = (cr4 & CR4_LA57) != 0 ? 5 : 4;
            int unused = 64 - 12 - 9 * levels;
            boolean canonical = linear << unused >> unused == linear;
            return canonical ? walk(linear, cr3 & FRAME, levels, 9, 8) : OptionalLong.empty();
        }
        if ((cr4 & CR4_PAE) != 0) {
            return pae(linear & 0xffff_ffffL);
        }
        return walk(linear & 0xffff_ffffL, cr3 & 0xffff_f000L, 2, 10, 4);
    }

    private OptionalLong pae(long linear) {
        OptionalLong top = entry((cr3 & 0xffff_ffe0L) + (linear >>> 30) * 8, 8);
        if (top.isEmpty() || (top.getAsLong() & 1) == 0) {
            return OptionalLong.empty();
        }
        return walk(linear, top.getAsLong() & FRAME, 2, 9, 8);
    }

    private OptionalLong walk(long linear, long root, int levels, int bits, int entrySize) {
        long table = root;
        for (int level = levels; level >= 1; level--) {
            int shift = 12 + (level - 1) * bits;
            long index = linear >>> shift & (1L << bits) - 1;
            OptionalLong found = entry(table + index * entrySize, entrySize);
            if (found.isEmpty() || (found.getAsLong() & 1) == 0) {
                return OptionalLong.empty();
            }
            long value = found.getAsLong();
            boolean large = level > 1 && (value & 0x80) != 0 && (entrySize == 8 || pse());
            if (large && level > 3) {
                // The bit is reserved there: an access faults.
                return OptionalLong.empty();
            }
            if (level == 1 || large) {
                long mask = (1L << shift) - 1;
                long frame = value & FRAME & ~mask;
                if (large && entrySize == 4) {
                    frame |= (value & PSE36) << 19;
                }
                return OptionalLong.of(frame | linear & mask);
            }
            table = value & FRAME;
        }
        return OptionalLong.empty();
    }

    private boolean pse() {
        return (cr4 & CR4_PSE) != 0;
    }

    private OptionalLong entry(long address, int size) {
        byte[] raw = new byte[8];
        if (!memory.read(address, raw, 0, size)) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN).getLong());
    }
}
