package org.interposer.engine.softcpu.cpu;

import java.util.Arrays;
import org.interposer.engine.softcpu.mem.Host;
import org.interposer.engine.softcpu.sys.Segmentation;

/**
 * Translates the addresses of one vCPU and does what the translation tables cannot: misses,
 * accesses across pages, MMIO, writes to decoded code.
 *
 * <p>A table has 4096 entries of 32 bytes, chosen by the page number: the page's address and the
 * generation as a tag for reads, one for writes, what is added to an address to get that of the
 * host, and a tag for fetches. A tag that fits nothing sends the access here; so one compare covers
 * miss, permission, page crossing, MMIO, pages with code and pages whose writes are logged. There
 * is a table for user mode, one for the kernel, one for a kernel that may touch user pages (SMAP
 * with AC), and one that is always empty, for when each access must be looked at.
 */
public final class Mmu implements AutoCloseable {
    static final int ENTRIES = 4096;
    static final int ENTRY_SHIFT = 5;
    static final int WRITE_TAG = 8, ADDEND = 16;
    private static final int FETCH_TAG = 24;
    private static final int BYTES = ENTRIES << ENTRY_SHIFT;
    private static final int USER = 0, KERNEL = 1, KERNEL_AC = 2, NONE = 3, TABLES = 4;
    private static final long PAGE = ~0xfffL;
    private static final int LAST_GENERATION = 0xffe;

    private final Cpu c;
    private final Memory memory;
    private final PhysicalAccess direct;
    private final PageWalk walk;
    private final long tables;
    private final long[] physical = new long[NONE * ENTRIES];

    /** Tags of pages that may be written but hold code, so that only the slow way may. */
    private final long[] guarded = new long[NONE * ENTRIES];

    /** The smallest aligned range that holds all large pages in the tables. */
    private long largeBase;

    private long largeMask;

    Mmu(Cpu c, Memory memory) {
        this.c = c;
        this.memory = memory;
        direct = new PhysicalAccess(c, memory);
        walk = new PageWalk(c, memory.physical(), direct);
        tables = Host.allocate((long) BYTES * TABLES);
        clear();
        select();
    }

    private void clear() {
        Host.fill(tables, (long) BYTES * TABLES, (byte) -1);
        Arrays.fill(guarded, -1L);
    }

    /** Chooses the table of ordinary accesses; after a change of CPL, AC, CR0, CR4 or DR7. */
    public void select() {
        c.tlb = tables + (long) (inspecting() ? NONE : table()) * BYTES;
    }

    private int table() {
        if (c.cpl == 3) {
            return USER;
        }
        return (c.cr4 & Control.CR4_SMAP) != 0 && (c.fl & Flags.AC) != 0 ? KERNEL_AC : KERNEL;
    }

    private boolean inspecting() {
        return DebugRegisters.watchesData(c) || c.hostWatch.any() || checksAlignment();
    }

    private boolean checksAlignment() {
        return c.cpl == 3 && (c.cr0 & Control.CR0_AM) != 0 && (c.fl & Flags.AC) != 0;
    }

    /** Forgets all translations, in constant time. */
    public void flush() {
        if (++c.gen == LAST_GENERATION) {
            c.gen = 0;
            clear();
        }
        largeMask = 0;
        c.code.newStamp();
    }

    /** Forgets the translation of one page (INVLPG). */
    public void flush(long va) {
        if (largeMask != 0 && (va & largeMask) == largeBase) {
            flush();
            return;
        }
        int index = index(va);
        for (int t = 0; t < NONE; t++) {
            long e = entry(t, index);
            Host.put64(e, -1);
            Host.put64(e + WRITE_TAG, -1);
            Host.put64(e + FETCH_TAG, -1);
            guarded[t * ENTRIES + index] = -1;
        }
        c.code.newStamp();
    }

    /** No page may be written any more without coming here; those that could be are reported. */
    public void protectAll(boolean report) {
        for (int i = 0; i < NONE * ENTRIES; i++) {
            long tag = tables + ((long) i << ENTRY_SHIFT) + WRITE_TAG;
            if (report && Host.get64(tag) != -1 && (Host.get64(tag) & 0xfff) == c.gen) {
                memory.watch().written(physical[i]);
            }
            Host.put64(tag, -1);
        }
    }

    /** A page of RAM may not be written any more without coming here. */
    public void protect(long page) {
        for (int i = 0; i < NONE * ENTRIES; i++) {
            if (physical[i] == page) {
                Host.put64(tables + ((long) i << ENTRY_SHIFT) + WRITE_TAG, -1);
            }
        }
    }

    private static int index(long va) {
        return (int) (va >>> 12) & ENTRIES - 1;
    }

    private long entry(int table, int index) {
        return tables + (long) table * BYTES + ((long) index << ENTRY_SHIFT);
    }

    // --- data -----------------------------------------------------------------------------------

    long load(long va, int size) {
        inspect(va, size, PageWalk.READ);
        if ((va & 0xfff) + size > 4096) {
            return loadSplit(va, size, PageWalk.READ);
        }
        return direct.read(translate(va, PageWalk.READ, table()), size);
    }

    /** As a load, but faults as the store that follows would. */
    public long loadForWrite(long va, int size) {
        inspect(va, size, PageWalk.WRITE);
        if ((va & 0xfff) + size > 4096) {
            return loadSplit(va, size, PageWalk.WRITE);
        }
        return direct.read(translate(va, PageWalk.WRITE, table()), size);
    }

    void store(long va, int size, long value) {
        inspect(va, size, PageWalk.WRITE);
        if ((va & 0xfff) + size > 4096) {
            storeSplit(va, size, value);
            return;
        }
        direct.write(translate(va, PageWalk.WRITE, table()), size, value);
    }

    /** Faults as a store of that range would, without storing. */
    public void probeWrite(long va, int size) {
        if (c.writable(va, size) != 0) {
            return;
        }
        inspect(va, size, PageWalk.WRITE);
        probe(va, size, PageWalk.WRITE);
    }

    /** Faults as a load of that range would. */
    public void probeRead(long va, int size) {
        if (c.readable(va, size) != 0) {
            return;
        }
        inspect(va, size, PageWalk.READ);
        probe(va, size, PageWalk.READ);
    }

    private void probe(long va, int size, int access) {
        boolean split = (va & 0xfff) + size > 4096;
        long next = split ? second(va) : va;
        translate(va, access, table());
        if (split) {
            translate(next, access, table());
        }
    }

    /**
     * First address of the page after that of an address; to be asked for before either page is
     * translated, since an address that is not canonical faults first.
     */
    private long second(long va) {
        long next = (va & PAGE) + 4096;
        if (c.code64()) {
            checkCanonical(next);
            return next;
        }
        return next & 0xffff_ffffL;
    }

    private long loadSplit(long va, int size, int access) {
        long next = second(va);
        long low = translate(va, access, table());
        long high = translate(next, access, table());
        int inFirst = 4096 - (int) (va & 0xfff);
        long value = 0;
        for (int i = 0; i < size; i++) {
            long at = i < inFirst ? low + i : high + i - inFirst;
            value |= direct.read(at, 1) << i * 8;
        }
        return value;
    }

    private void storeSplit(long va, int size, long value) {
        long next = second(va);
        long low = translate(va, PageWalk.WRITE, table());
        long high = translate(next, PageWalk.WRITE, table());
        int inFirst = 4096 - (int) (va & 0xfff);
        for (int i = 0; i < size; i++) {
            long at = i < inFirst ? low + i : high + i - inFirst;
            direct.write(at, 1, value >>> i * 8);
        }
    }

    /** Load by the processor itself (descriptors, TSS): always with supervisor rights. */
    public long systemLoad(long va, int size) {
        if ((va & 0xfff) + size <= 4096) {
            return direct.read(translate(va, PageWalk.READ, KERNEL), size);
        }
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= direct.read(translate(systemByte(va, i), PageWalk.READ, KERNEL), 1) << i * 8;
        }
        return value;
    }

    /** Store by the processor itself; both pages are looked at before the first byte is written. */
    public void systemStore(long va, int size, long value) {
        if ((va & 0xfff) + size <= 4096) {
            direct.write(translate(va, PageWalk.WRITE, KERNEL), size, value);
            return;
        }
        translate(va, PageWalk.WRITE, KERNEL);
        translate(systemByte(va, size - 1), PageWalk.WRITE, KERNEL);
        for (int i = 0; i < size; i++) {
            long at = translate(systemByte(va, i), PageWalk.WRITE, KERNEL);
            direct.write(at, 1, value >>> i * 8);
        }
    }

    /** Tables of a 64-bit system may be above 4 GiB while compatibility-mode code executes. */
    private long systemByte(long va, int i) {
        return c.longMode() ? va + i : va + i & 0xffff_ffffL;
    }

    /** The way past the translation tables. */
    public PhysicalAccess direct() {
        return direct;
    }

    /** Runs something while no other vCPU executes. */
    public void exclusively(Runnable action) {
        memory.watch().exclusively(c, action);
    }

    private long translate(long va, int access, int table) {
        int index = index(va);
        long e = entry(table, index);
        int slot = table * ENTRIES + index;
        long tag = va & PAGE | c.gen;
        boolean known =
                access == PageWalk.WRITE
                        ? Host.get64(e + WRITE_TAG) == tag || guarded[slot] == tag
                        : Host.get64(e) == tag;
        if (known) {
            return physical[slot] | va & 0xfff;
        }
        return fill(va, access, table, slot) | va & 0xfff;
    }

    private long fill(long va, int access, int table, int slot) {
        checkCanonical(va);
        long page = walk.translate(va, access, table == USER, table == KERNEL_AC);
        noteLarge(va);
        long host = memory.physical().ram(page);
        long e = tables + ((long) slot << ENTRY_SHIFT);
        long tag = va & PAGE | c.gen;
        boolean same = physical[slot] == page && Host.get64(e) == tag;
        if (host == 0) {
            long rom = memory.physical().rom(page);
            physical[slot] = page;
            Host.put64(e, rom == 0 ? -1 : tag);
            Host.put64(e + WRITE_TAG, -1);
            Host.put64(e + FETCH_TAG, -1);
            Host.put64(e + ADDEND, rom - (va & PAGE));
            guarded[slot] = -1;
            return page;
        }
        // SAFETY: the whole page is RAM, so every address that fits the tag is.
        physical[slot] = page;
        Host.put64(e + ADDEND, host - (va & PAGE));
        Host.put64(e, tag);
        if (!same) {
            Host.put64(e + FETCH_TAG, -1);
        }
        // While writes are logged, a page that is only read must come here again to be written.
        boolean logging = memory.watch().logging();
        boolean writable = access == PageWalk.WRITE || walk.writable && walk.dirty && !logging;
        boolean code = writable && memory.code().lines(page) != 0;
        Host.put64(e + WRITE_TAG, writable && !code ? tag : -1);
        guarded[slot] = writable && code ? tag : -1;
        if (writable && logging) {
            memory.watch().written(page);
        }
        return page;
    }

    private void checkCanonical(long va) {
        if (c.longMode() && !Segmentation.canonical(va)) {
            c.fault(GuestFault.GP, 0).nonCanonical = true;
            throw c.fault;
        }
    }

    private void noteLarge(long va) {
        long size = walk.pageSize;
        if (size <= 4096) {
            return;
        }
        if (largeMask == 0) {
            largeMask = -size;
            largeBase = va & largeMask;
            return;
        }
        largeMask &= -size;
        while ((va & largeMask) != (largeBase & largeMask)) {
            largeMask <<= 1;
        }
        largeBase &= largeMask;
    }

    /** Looks at an access, if each must be looked at. */
    private void inspect(long va, int size, int access) {
        if (c.tlb != tables + (long) NONE * BYTES) {
            return;
        }
        if (checksAlignment() && (va & size - 1) != 0) {
            throw c.fault(GuestFault.AC, 0);
        }
        DebugRegisters.data(c, va, size, access == PageWalk.WRITE);
        c.hostWatch.data(c, va, size, access == PageWalk.WRITE);
    }

    // --- code -----------------------------------------------------------------------------------

    /** Guest-physical page of code at a linear address. */
    long fetch(long va) {
        int table = c.cpl == 3 ? USER : KERNEL;
        int index = index(va);
        int slot = table * ENTRIES + index;
        long e = entry(table, index);
        long tag = va & PAGE | c.gen;
        if (Host.get64(e + FETCH_TAG) == tag) {
            return physical[slot];
        }
        checkCanonical(va);
        long page = walk.translate(va, PageWalk.FETCH, c.cpl == 3, false);
        noteLarge(va);
        if (physical[slot] != page || Host.get64(e) != tag) {
            Host.put64(e, -1);
            Host.put64(e + WRITE_TAG, -1);
            guarded[slot] = -1;
            physical[slot] = page;
        }
        Host.put64(e + FETCH_TAG, tag);
        return page;
    }

    /** Loads the page directory pointers of PAE paging; false for #GP. */
    public boolean loadPdptes(long cr3) {
        return walk.loadPdptes(cr3);
    }

    /**
     * Guest-physical address for a debugger, without rights, faults or accessed bits; −1 if none.
     */
    public long peek(long va) {
        return walk.peek(va);
    }

    @Override
    public void close() {
        Host.free(tables);
    }
}
