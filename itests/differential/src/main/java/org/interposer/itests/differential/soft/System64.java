package org.interposer.itests.differential.soft;

import org.interposer.engine.softcpu.cpu.Control;
import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Segment;
import org.interposer.engine.softcpu.mem.Host;
import org.interposer.engine.softcpu.mem.PhysicalMemory;
import org.interposer.itests.differential.Layout;

/** What a 64-bit kernel would have prepared: page tables, GDT, IDT, TSS, and where it is in RAM. */
final class System64 {
    static final int RAM_BYTES = 2 << 20;
    static final int DATA = 0x100000;
    static final int READ_ONLY = DATA + Layout.DATA_SIZE;
    static final int STACK = READ_ONLY + Layout.READ_ONLY_SIZE;
    static final int EXIT = STACK + Layout.STACK_SIZE;
    static final int CODE = 0x110000;

    /** The frame of an exception ends here. */
    static final int KERNEL_STACK_TOP = 0xc000;

    /** Linear address of all RAM, for the kernel only. */
    static final long KERNEL = 0xffff_8000_0000_0000L;

    static final long HANDLERS = KERNEL + 0xa000;
    static final int USER_CS = 0x33;
    static final int USER_SS = 0x2b;

    private static final int PML4 = 0x1000;
    private static final int PDPT = 0x2000;
    private static final int PD = 0x3000;
    private static final int FIRST_PT = 0x4000;
    private static final int KERNEL_PDPT = 0xd000;
    private static final int KERNEL_PD = 0xe000;
    private static final int GDT = 0x8000;
    private static final int INT3 = 0xcc;
    private static final int TSS = 0x8100;
    private static final int TSS_LIMIT = 0x67;
    private static final int IDT = 0x9000;
    private static final int KERNEL_CS = 0x10;
    private static final int PRESENT = 1;
    private static final int WRITABLE = 2;
    private static final int USER = 4;
    private static final int LARGE = 0x80;
    private static final long NO_EXECUTE = 1L << 63;

    /** Type, S, DPL, P, L, D/B, G of descriptors. */
    private static final int CODE64 = 0xa09b;

    private static final int DATA32 = 0xc093;
    private static final int DPL3 = 0x60;
    private static final int BUSY_TSS = 0x8b;
    private static final byte HLT = (byte) 0xf4;

    private final PhysicalMemory memory;

    System64(final PhysicalMemory memory) {
        this.memory = memory;
    }

    private void put(final long address, final long value) {
        Host.put64(memory.ram(address), value);
    }

    /** Writes the tables and points the CPU at them. */
    void install(final Cpu cpu) {
        pageTables();
        descriptors();
        cpu.cr0 =
                Control.CR0_PG
                        | Control.CR0_AM
                        | Control.CR0_WP
                        | Control.CR0_NE
                        | Control.CR0_ET
                        | Control.CR0_MP
                        | Control.CR0_PE;
        cpu.cr3 = PML4;
        cpu.cr4 = Control.CR4_PAE | Control.CR4_OSFXSR | Control.CR4_OSXMMEXCPT;
        cpu.efer = Control.EFER_SCE | Control.EFER_LME | Control.EFER_LMA | Control.EFER_NXE;
        cpu.gdtBase = KERNEL + GDT;
        cpu.gdtLimit = 0x7f;
        cpu.idtBase = KERNEL + IDT;
        cpu.idtLimit = 0xfff;
        cpu.trBase = KERNEL + TSS;
        cpu.tr.set(0x40, TSS_LIMIT, BUSY_TSS);
        cpu.mmu.flush();
    }

    /** Segment registers as a Linux process has them. */
    static void userSegments(final Cpu cpu) {
        cpu.seg[Cpu.CS].set(USER_CS, -1, CODE64 | DPL3);
        cpu.seg[Cpu.SS].set(USER_SS, -1, DATA32 | DPL3);
        for (final int segment : new int[] {Cpu.DS, Cpu.ES, Cpu.FS, Cpu.GS}) {
            cpu.seg[segment].set(0, 0, Segment.UNUSABLE);
            cpu.r[Cpu.SEG_BASE + segment] = 0;
        }
        cpu.cpl = 3;
    }

    private void pageTables() {
        put(PML4, PDPT | PRESENT | WRITABLE | USER);
        put(PDPT, PD | PRESENT | WRITABLE | USER);
        put(PML4 + 256 * 8, KERNEL_PDPT | PRESENT | WRITABLE);
        put(KERNEL_PDPT, KERNEL_PD | PRESENT | WRITABLE);
        put(KERNEL_PD, PRESENT | WRITABLE | LARGE);
        int table = FIRST_PT;
        for (final int address : new int[] {Layout.DATA, Layout.STACK, Layout.EXIT, Layout.CODE}) {
            put(PD + (address >>> 21) * 8L, table | PRESENT | WRITABLE | USER);
            table += 0x1000;
        }
        map(0, Layout.DATA, DATA, Layout.DATA_SIZE, WRITABLE | NO_EXECUTE);
        map(0, Layout.READ_ONLY, READ_ONLY, Layout.READ_ONLY_SIZE, NO_EXECUTE);
        map(1, Layout.STACK, STACK, Layout.STACK_SIZE, WRITABLE | NO_EXECUTE);
        map(2, Layout.EXIT, EXIT, 0x1000, 0);
        map(3, Layout.CODE, CODE, Layout.CODE_SIZE, 0);
    }

    private void map(
            final int table,
            final int linear,
            final int physical,
            final int size,
            final long rights) {
        for (int i = 0; i < size; i += 0x1000) {
            final int slot = (linear + i) >>> 12 & 511;
            put(FIRST_PT + 0x1000L * table + 8L * slot, physical + i | rights | PRESENT | USER);
        }
    }

    private void descriptors() {
        fillCode();
        put(GDT + KERNEL_CS, descriptor(CODE64));
        put(GDT + 0x18, descriptor(DATA32));
        put(GDT + 0x28, descriptor(DATA32 | DPL3));
        put(GDT + 0x30, descriptor(CODE64 | DPL3));
        put(TSS + 4, KERNEL + KERNEL_STACK_TOP);
        // The I/O permission bitmap begins behind the limit: no port is open.
        put(TSS + 0x60, (TSS_LIMIT + 1L) << 48);
        for (int vector = 0; vector < 256; vector++) {
            final long handler = HANDLERS + 16L * vector;
            final long low = handler & 0xffff | (long) KERNEL_CS << 16;
            // An interrupt gate that INT3 may use.
            put(IDT + 16L * vector, low | 0xee00L << 32 | (handler >>> 16 & 0xffff) << 48);
            put(IDT + 16L * vector + 8, handler >>> 32);
            Host.put8(memory.ram((int) (handler - KERNEL)), HLT);
        }
        Host.put8(memory.ram(EXIT), HLT);
    }

    /** As the oracle does: what is not code is INT3. */
    private void fillCode() {
        for (int i = 0; i < Layout.CODE_SIZE; i++) {
            Host.put8(memory.ram(CODE + i), INT3);
        }
    }

    private static long descriptor(final int attributes) {
        return 0x000f_0000_0000_ffffL | (long) attributes << 40;
    }
}
