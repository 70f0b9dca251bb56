package org.interposer.core.boot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.interposer.api.boot.BootException;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.CpuState.Control;
import org.interposer.api.engine.CpuState.Segment;
import org.interposer.api.engine.CpuState.Segments;
import org.interposer.api.engine.CpuState.Table;

/**
 * The states in which kernels are entered: 32-bit protected mode without paging (PVH, multiboot)
 * and 64-bit mode with identity-mapped pages (Linux). Interrupts are off; the descriptor tables
 * that the selectors name are in guest memory.
 */
final class EntryState {
    private static final int CODE_SELECTOR = 0x10;
    private static final int DATA_SELECTOR = 0x18;
    private static final int TSS_SELECTOR = 0x20;

    /* Access rights, SDM vol. 3 §3.4.5: type, S, P, L, D/B, G. */
    private static final int CODE_32 = 0xC09B;
    private static final int CODE_64 = 0xA09B;
    private static final int DATA = 0xC093;
    private static final int TSS_BUSY = 0x008B;

    private static final long CR0_PE = 1;
    private static final long CR0_ET = 1 << 4;
    private static final long CR0_PG = 1L << 31;
    private static final long CR4_PAE = 1 << 5;
    private static final long EFER_LME = 1 << 8;
    private static final long EFER_LMA = 1 << 10;
    private static final long APIC_BASE = 0xFEE0_0000L | 1 << 11 | 1 << 8;

    private static final int PAGE = 4096;

    /** IDTR as firmware leaves it: the vector table of real mode. */
    private static final Table VECTORS = new Table(0, 0x3FF);

    private static final long PRESENT_WRITABLE = 3;
    private static final long LARGE_PAGE = 1 << 7;
    private static final int GIBIBYTES = 4;

    private EntryState() {}

    /** Flat 32-bit protected mode, paging off. */
    static CpuState protectedMode(Placement placement, long entry, int eax, long ebx)
            throws BootException {
        long[] gpr = new long[16];
        gpr[CpuState.RAX] = Integer.toUnsignedLong(eax);
        gpr[CpuState.RBX] = ebx;
        Control control = new Control(CR0_PE | CR0_ET, 0, 0, 0, 0, 0, APIC_BASE, 1);
        return state(gpr, entry, segments(placement, CODE_32), control);
    }

    /** 64-bit mode; the first 4 GiB are mapped where they are. */
    static CpuState longMode(Placement placement, long entry, long rsi) throws BootException {
        long[] gpr = new long[16];
        gpr[CpuState.RSI] = rsi;
        Control control =
                new Control(
                        CR0_PE | CR0_ET | CR0_PG,
                        0,
                        identityPages(placement),
                        CR4_PAE,
                        0,
                        EFER_LME | EFER_LMA,
                        APIC_BASE,
                        1);
        return state(gpr, entry, segments(placement, CODE_64), control);
    }

    private static CpuState state(long[] gpr, long entry, Segments segments, Control control) {
        return new CpuState(
                gpr,
                entry,
                2,
                segments,
                control,
                new long[] {0, 0, 0, 0, 0xFFFF_0FF0L, 0x400},
                msrs(),
                fxsave(),
                new byte[0],
                0,
                CpuState.Activity.RUNNING,
                CpuState.PendingEvents.NONE,
                List.of());
    }

    /** Reset values (SDM vol. 3 table 10-1), but memory is cached, as firmware leaves it. */
    private static SortedMap<Integer, Long> msrs() {
        SortedMap<Integer, Long> msrs = new TreeMap<>();
        msrs.put(0x174, 0L); // IA32_SYSENTER_CS
        msrs.put(0x175, 0L); // IA32_SYSENTER_ESP
        msrs.put(0x176, 0L); // IA32_SYSENTER_EIP
        msrs.put(0x277, 0x0007_0406_0007_0406L); // IA32_PAT
        msrs.put(0x2FF, 0x806L); // IA32_MTRR_DEF_TYPE: enabled, write-back
        msrs.put(0xC000_0081, 0L); // STAR
        msrs.put(0xC000_0082, 0L); // LSTAR
        msrs.put(0xC000_0083, 0L); // CSTAR
        msrs.put(0xC000_0084, 0L); // FMASK
        msrs.put(0xC000_0102, 0L); // KERNEL_GS_BASE
        return msrs;
    }

    private static byte[] fxsave() {
        ByteBuffer area = ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);
        area.putShort(0, (short) 0x37F).putInt(24, 0x1F80);
        return area.array();
    }

    private static Segments segments(Placement placement, int code) throws BootException {
        ByteBuffer gdt = ByteBuffer.allocate(0x30).order(ByteOrder.LITTLE_ENDIAN);
        gdt.putLong(CODE_SELECTOR, descriptor(code, 0xF_FFFF));
        gdt.putLong(DATA_SELECTOR, descriptor(DATA, 0xF_FFFF));
        gdt.putLong(TSS_SELECTOR, descriptor(TSS_BUSY, 0x67));
        long base = placement.put("the GDT", gdt.array(), 16);
        Segment cs = new Segment(CODE_SELECTOR, 0, -1, code);
        Segment data = new Segment(DATA_SELECTOR, 0, -1, DATA);
        Segment ldt = new Segment(0, 0, 0, Segment.UNUSABLE);
        Segment tr = new Segment(TSS_SELECTOR, 0, 0x67, TSS_BUSY);
        return new Segments(
                cs, data, data, data, data, data, ldt, tr, new Table(base, 0x2F), VECTORS);
    }

    private static long descriptor(int attributes, int limit) {
        return limit & 0xFFFF | (long) attributes << 40 | (long) (limit >> 16) << 48;
    }

    /** PML4, one page of PDPTEs, four page directories of 2 MiB pages. */
    private static long identityPages(Placement placement) throws BootException {
        ByteBuffer pages =
                ByteBuffer.allocate((2 + GIBIBYTES) * PAGE).order(ByteOrder.LITTLE_ENDIAN);
        long base = placement.low("page tables", pages.capacity(), PAGE);
        pages.putLong(0, base + PAGE | PRESENT_WRITABLE);
        for (int gib = 0; gib < GIBIBYTES; gib++) {
            pages.putLong(PAGE + gib * 8, base + (2 + gib) * PAGE | PRESENT_WRITABLE);
        }
        for (int i = 0; i < GIBIBYTES * 512; i++) {
            pages.putLong(2 * PAGE + i * 8, (long) i << 21 | LARGE_PAGE | PRESENT_WRITABLE);
        }
        placement.write(base, pages.array());
        return base;
    }
}
