package org.interposer.engine.softcpu.cpu;

import org.interposer.engine.softcpu.mem.Host;
import org.interposer.engine.softcpu.mem.PhysicalMemory;

/** Paging (SDM vol. 3 chapter 4): none, 32-bit, PAE and 4-level. */
final class PageWalk {
    static final int READ = 0, WRITE = 1, FETCH = 2;
    private static final long PRESENT = 1, RW = 2, USER = 4, ACCESSED = 32, DIRTY = 64, LARGE = 128;
    private static final long NX = 1L << 63;
    private static final int PHYSICAL_BITS = 48;
    private static final int FEATURES = 1, PSE36 = 17;
    private static final int EXTENDED_FEATURES = 0x8000_0001, EDX = 3, PDPE1GB = 26;

    /** Of an entry for 4 MiB without PSE-36, and with it. */
    private static final long RESERVED_4MIB = 0x3f_e000, RESERVED_PSE36 = 1 << 21;

    private static final long FRAME = (1L << PHYSICAL_BITS) - 4096;
    private static final long RESERVED = (1L << 52) - (1L << PHYSICAL_BITS);
    private static final int PF_PRESENT = 1, PF_WRITE = 2, PF_USER = 4, PF_RESERVED = 8;
    private static final int PF_FETCH = 16;

    private final Cpu c;
    private final PhysicalMemory physical;
    private final PhysicalAccess direct;

    /** Page directory pointers that MOV CR3 loaded (PAE, SDM vol. 3 §4.4.1). */
    final long[] pdptes = new long[4];

    /** Of the last translation: whether a write is allowed to the present user of it. */
    boolean writable;

    /** Of the last translation: its dirty bit is set. */
    boolean dirty;

    /** Of the last translation, in bytes. */
    long pageSize;

    private boolean askedForFeatures;
    private boolean gigabytePages;
    private long reserved4Mib;

    private final long[] path = new long[4];
    private int depth;

    PageWalk(Cpu c, PhysicalMemory physical, PhysicalAccess direct) {
        this.direct = direct;
        this.c = c;
        this.physical = physical;
    }

    /**
     * Guest-physical address of a page.
     *
     * @param mayTouchUser a supervisor's access that SMAP lets through
     * @throws GuestFault #PF
     */
    long translate(long va, int access, boolean user, boolean mayTouchUser) {
        if ((c.cr0 & Control.CR0_PG) == 0) {
            writable = true;
            dirty = true;
            pageSize = 4096;
            return va & 0xffff_ffffL & ~0xfffL;
        }
        long leaf = walk(va, access, user);
        check(va, access, user, mayTouchUser);
        markUsed(access == WRITE);
        dirty = access == WRITE || (leaf & DIRTY) != 0;
        return (leaf & FRAME & -pageSize | va & pageSize - 1) & ~0xfffL;
    }

    private boolean rw;
    private boolean us;
    private boolean nx;

    /** Walks down to the leaf, gathering rights; throws where there is none. */
    private long walk(long va, int access, boolean user) {
        rw = true;
        us = true;
        nx = false;
        depth = 0;
        if ((c.cr4 & Control.CR4_PAE) == 0) {
            return walk32(va, access, user);
        }
        long table = c.cr3 & FRAME;
        int level = 3;
        if (!c.longMode()) {
            long pdpte = pdptes[(int) (va >>> 30) & 3];
            if ((pdpte & PRESENT) == 0) {
                throw pageFault(va, access, user, 0);
            }
            table = pdpte & FRAME;
            level = 1;
        }
        for (; ; level--) {
            long at = table + ((va >>> 12 + 9 * level & 0x1ff) << 3);
            long entry = read(at, 8);
            if ((entry & PRESENT) == 0) {
                throw pageFault(va, access, user, 0);
            }
            path[depth++] = at;
            rw &= (entry & RW) != 0;
            us &= (entry & USER) != 0;
            nx |= entry < 0;
            if (reserved(entry, level)) {
                throw pageFault(va, access, user, PF_RESERVED | PF_PRESENT);
            }
            if (level == 0 || (entry & LARGE) != 0) {
                pageSize = 4096L << 9 * level;
                return entry;
            }
            table = entry & FRAME;
        }
    }

    private boolean reserved(long entry, int level) {
        long bits = RESERVED;
        if ((c.efer & Control.EFER_NXE) == 0) {
            bits |= NX;
        }
        if (!c.longMode()) {
            bits |= 0x7ff0_0000_0000_0000L;
        }
        if (level == 3 || level == 2 && (entry & LARGE) != 0 && !hasGigabytePages()) {
            bits |= LARGE;
        } else if (level > 0 && (entry & LARGE) != 0) {
            bits |= (4096L << 9 * level) - 1 & ~0x1fffL; // Bit 12 is PAT.
        }
        return (entry & bits) != 0;
    }

    private boolean hasGigabytePages() {
        askForFeatures();
        return gigabytePages;
    }

    /** What CPUID shows, which it is asked once. */
    private void askForFeatures() {
        if (!askedForFeatures) {
            gigabytePages = c.shows(EXTENDED_FEATURES, EDX, PDPE1GB);
            reserved4Mib = c.shows(FEATURES, EDX, PSE36) ? RESERVED_PSE36 : RESERVED_4MIB;
            askedForFeatures = true;
        }
    }

    private long walk32(long va, int access, boolean user) {
        long at = (c.cr3 & 0xffff_f000L) + ((va >>> 22 & 0x3ff) << 2);
        long pde = read(at, 4);
        if ((pde & PRESENT) == 0) {
            throw pageFault(va, access, user, 0);
        }
        path[depth++] = at;
        rw = (pde & RW) != 0;
        us = (pde & USER) != 0;
        if ((pde & LARGE) != 0 && (c.cr4 & Control.CR4_PSE) != 0) {
            askForFeatures();
            if ((pde & reserved4Mib) != 0) {
                throw pageFault(va, access, user, PF_RESERVED | PF_PRESENT);
            }
            pageSize = 1 << 22;
            // PSE-36: bits 13–20 are address bits 32–39.
            return pde & 0xffc0_0fffL | (pde >>> 13 & 0xff) << 32;
        }
        at = (pde & 0xffff_f000L) + ((va >>> 12 & 0x3ff) << 2);
        long pte = read(at, 4);
        if ((pte & PRESENT) == 0) {
            throw pageFault(va, access, user, 0);
        }
        path[depth++] = at;
        rw &= (pte & RW) != 0;
        us &= (pte & USER) != 0;
        pageSize = 4096;
        return pte & 0xffff_ffffL;
    }

    private long read(long at, int size) {
        long host = physical.ram(at);
        if (host == 0) {
            host = physical.rom(at);
        }
        return host == 0 ? 0 : Host.get(host, size);
    }

    /** Access rights (SDM vol. 3 §4.6). */
    private void check(long va, int access, boolean user, boolean mayTouchUser) {
        boolean writeProtect = user || (c.cr0 & Control.CR0_WP) != 0;
        writable = rw || !writeProtect;
        boolean allowed = us || !user;
        if (us && !user) {
            boolean smap = (c.cr4 & Control.CR4_SMAP) != 0 && !mayTouchUser;
            boolean smep = (c.cr4 & Control.CR4_SMEP) != 0;
            allowed = access == FETCH ? !smep : !smap;
        }
        allowed &= access != WRITE || writable;
        allowed &= access != FETCH || !nx;
        if (!allowed) {
            throw pageFault(va, access, user, PF_PRESENT);
        }
    }

    private GuestFault pageFault(long va, int access, boolean user, int bits) {
        int code = bits;
        if (access == WRITE) {
            code |= PF_WRITE;
        }
        if (user) {
            code |= PF_USER;
        }
        boolean tellsFetch =
                (c.cr4 & Control.CR4_SMEP) != 0
                        || (c.cr4 & Control.CR4_PAE) != 0 && (c.efer & Control.EFER_NXE) != 0;
        if (access == FETCH && tellsFetch) {
            code |= PF_FETCH;
        }
        c.fault.address = va;
        return c.fault(GuestFault.PF, code);
    }

    /** Sets accessed bits, and the leaf's dirty bit for a write, as locked operations. */
    private void markUsed(boolean write) {
        int size = (c.cr4 & Control.CR4_PAE) == 0 ? 4 : 8;
        for (int i = 0; i < depth; i++) {
            long bits = ACCESSED | (write && i == depth - 1 ? DIRTY : 0);
            long host = physical.ram(path[i]);
            if (host == 0) {
                continue;
            }
            long old = Host.get(host, size);
            boolean changed = false;
            while ((old & bits) != bits && (old & PRESENT) != 0) {
                changed = Host.compareAndSet(host, size, old, old | bits);
                if (changed) {
                    break;
                }
                old = Host.get(host, size);
            }
            if (changed) {
                direct.wrote(path[i], size);
            }
        }
    }

    /** Loads the page directory pointers; false where one has reserved bits (#GP of MOV CR3). */
    boolean loadPdptes(long cr3) {
        long[] loaded = new long[4];
        for (int i = 0; i < 4; i++) {
            loaded[i] = read((cr3 & 0xffff_ffe0L) + i * 8L, 8);
            if ((loaded[i] & PRESENT) != 0
                    && (loaded[i] & (RESERVED | 0xfff0_0000_0000_01e6L)) != 0) {
                return false;
            }
        }
        System.arraycopy(loaded, 0, pdptes, 0, 4);
        return true;
    }

    /** As {@link #translate} for a debugger: no rights, no marks; −1 where nothing is mapped. */
    long peek(long va) {
        if ((c.cr0 & Control.CR0_PG) == 0) {
            return va & 0xffff_ffffL;
        }
        long cr2 = c.fault.address;
        int vector = c.fault.vector;
        int code = c.fault.errorCode;
        try {
            long leaf = walk(va, READ, false);
            return leaf & FRAME & -pageSize | va & pageSize - 1;
        } catch (GuestFault notMapped) {
            return -1;
        } finally {
            c.fault.with(vector, code).address = cr2;
        }
    }
}
