/* Four-level paging (SDM vol 3 §4.5 to §4.10), in an area of its own at 512 GiB. */
#include "cpu.h"

enum { P = 1, W = 2, U = 4, PWT = 8, A = 0x20, D = 0x40, PS = 0x80, G = 0x100 };
enum { ERR_P = 1, ERR_W = 2, ERR_U = 4, ERR_RSVD = 8, ERR_I = 16 };
#define NX (1ull << 63)
#define AREA 0x8000000000ull
#define FRAME_BITS 0x000ffffffffff000ull

static uint64_t *pdpt, *pd, *pt, *data, *other;
extern uint64_t page_map[512];

static void flush(void) {
    write_cr3(read_cr3());
}

static uint64_t *page(void) {
    uint64_t *p = memory_take(4096, 4096);
    memset(p, 0, 4096);
    return p;
}

static void area(uint64_t l4, uint64_t l3, uint64_t l2, uint64_t l1) {
    page_map[1] = (uint64_t)pdpt | l4;
    pdpt[0] = (uint64_t)pd | l3;
    pd[0] = (uint64_t)pt | l2;
    pt[0] = (uint64_t)data | l1;
    flush();
}

static void access(const uint8_t *code, bool user, uint64_t address) {
    struct regs r = user ? user_at(code) : kernel_at(code);
    r.rdi = address;
    r.rax = 0x1122334455667788;
    enter(&r);
}

static void faults(const char *name, const uint8_t *code, bool user, uint64_t address, uint64_t error) {
    access(code, user, address);
    uint64_t rip = code == jump_rdi ? address : (uint64_t)code;
    check(name, event.vector == PF && event.error == error && event.cr2 == address && event.regs.rip == rip,
          "vector=%u error=0x%x cr2=0x%x rip=0x%x wanted_error=0x%x", event.vector, event.error, event.cr2, event.regs.rip, error);
}

static void works(const char *name, const uint8_t *code, bool user, uint64_t address) {
    access(code, user, address);
    check(name, event.vector == DONE, "vector=%u error=0x%x cr2=0x%x", event.vector, event.error, event.cr2);
}

static void permission_checks(void) {
    const uint64_t all = P | W | U;
    area(all, all, all, all);
    data[0] = 0x80cd; /* int $0x80 */
    works("pg.read", load_rdi, true, AREA);
    check("pg.read_value", event.regs.rax == 0x80cd, "rax=0x%x", event.regs.rax);
    works("pg.execute", jump_rdi, true, AREA);
    works("pg.write", store_rdi, true, AREA + 8);
    check("pg.write_value", data[1] == 0x1122334455667788, "data=0x%x", data[1]);

    static const char *const level[] = {"l1", "l2", "l3", "l4"};
    for (int i = 0; i < 4; i++) {
        uint64_t l[4] = {all, all, all, all};
        print("level=%s\n", level[i]);
        l[i] = W | U;
        area(l[3], l[2], l[1], l[0]);
        faults("pf.not_present", load_rdi, false, AREA + 16, 0);
        faults("pf.not_present_user_write", store_rdi, true, AREA + 16, ERR_W | ERR_U);
        l[i] = P | U;
        area(l[3], l[2], l[1], l[0]);
        works("pg.read_only_read", load_rdi, true, AREA);
        faults("pf.read_only_user", store_rdi, true, AREA + 16, ERR_P | ERR_W | ERR_U);
        faults("pf.read_only_user_rmw", add_rdi, true, AREA + 16, ERR_P | ERR_W | ERR_U);
        uint64_t cr0 = read_cr0();
        write_cr0(cr0 & ~0x10000ull);
        works("wp.off", store_rdi, false, AREA + 16);
        write_cr0(cr0 | 0x10000);
        faults("wp.on", store_rdi, false, AREA + 16, ERR_P | ERR_W);
        write_cr0(cr0);
        l[i] = P | W;
        area(l[3], l[2], l[1], l[0]);
        works("pg.supervisor", store_rdi, false, AREA + 16);
        faults("pf.supervisor_user", load_rdi, true, AREA + 16, ERR_P | ERR_U);
        uint64_t efer = rdmsr(0xc0000080);
        wrmsr(0xc0000080, efer | 0x800);
        l[i] = all | NX;
        area(l[3], l[2], l[1], l[0]);
        works("nx.read", load_rdi, true, AREA);
        faults("nx.execute_user", jump_rdi, true, AREA, ERR_P | ERR_U | ERR_I);
        faults("nx.execute", jump_rdi, false, AREA, ERR_P | ERR_I);
        wrmsr(0xc0000080, efer & ~0x800ull);
        flush();
        faults("rsvd.nx_disabled", load_rdi, false, AREA, ERR_P | ERR_RSVD);
        wrmsr(0xc0000080, efer);
        l[i] = all | 1ull << 51;
        area(l[3], l[2], l[1], l[0]);
        faults("rsvd.address", load_rdi, true, AREA, ERR_P | ERR_RSVD | ERR_U);
    }
    area(all | PS, all, all, all);
    faults("rsvd.ps_l4", load_rdi, false, AREA, ERR_P | ERR_RSVD);
    area(all, all, all, all);
    access(load_rdi, false, AREA + 4092);
    check("pf.crossing", event.vector == PF && event.error == 0 && event.cr2 == AREA + 4096, "vector=%u cr2=0x%x", event.vector, event.cr2);
    data[511] = 0;
    access(store_rdi, false, AREA + 4092);
    check("pf.crossing_write", event.vector == PF && event.error == ERR_W && event.cr2 == AREA + 4096 && data[511] == 0, "vector=%u cr2=0x%x data=0x%x", event.vector,
          event.cr2, data[511]);
}

static void accessed_checks(void) {
    const uint64_t all = P | W | U;
    area(all, all, all, all);
    works("ad.read", load_rdi, false, AREA);
    check("ad.accessed", (page_map[1] & pdpt[0] & pd[0] & pt[0] & A) && !(pt[0] & D), "l4=0x%x l3=0x%x l2=0x%x l1=0x%x", page_map[1], pdpt[0], pd[0], pt[0]);
    works("ad.write", store_rdi, false, AREA);
    check("ad.dirty", (pt[0] & D) && !(pd[0] & D), "l2=0x%x l1=0x%x", pd[0], pt[0]);
    area(all, all, all, P | U);
    faults("ad.refused", store_rdi, true, AREA, ERR_P | ERR_W | ERR_U);
    check("ad.refused_not_dirty", !(pt[0] & D), "l1=0x%x", pt[0]);
}

static void translation_checks(void) {
    const uint64_t all = P | W | U;
    area(all, all, all, all);
    data[0] = 1;
    other[0] = 2;
    works("tlb.fill", load_rdi, false, AREA);
    pt[0] = (uint64_t)other | all;
    invlpg(AREA + 123);
    works("tlb.invlpg_read", load_rdi, false, AREA);
    check("tlb.invlpg", event.regs.rax == 2, "rax=%u", event.regs.rax);
    pt[0] = (uint64_t)data | all;
    flush();
    works("tlb.cr3_read", load_rdi, false, AREA);
    check("tlb.cr3", event.regs.rax == 1, "rax=%u", event.regs.rax);
    /* Not present to present needs no flush. */
    pt[1] = 0;
    faults("tlb.absent", load_rdi, false, AREA + 4096, 0);
    pt[1] = (uint64_t)other | all;
    works("tlb.now_present", load_rdi, false, AREA + 4096);
    /* More permissions need none either: the fault that a stale entry brings must not repeat. */
    pt[1] = (uint64_t)other | P;
    flush();
    works("tlb.less", load_rdi, false, AREA + 4096);
    /* A fault invalidates the address; what a processor cached is at most one spurious fault old. */
    pt[1] = (uint64_t)other | all;
    access(store_rdi, true, AREA + 4096);
    if (event.vector == PF) {
        access(store_rdi, true, AREA + 4096);
    }
    check("tlb.more", event.vector == DONE, "vector=%u", event.vector);
    /* Global pages outlive a load of CR3 and not a change of CR4.PGE. */
    uint64_t cr4 = read_cr4();
    write_cr4(cr4 | 0x80);
    pt[2] = (uint64_t)data | all | G;
    data[0] = 1;
    other[0] = 2;
    access(load_rdi, false, AREA + 8192);
    pt[2] = (uint64_t)other | all | G;
    flush();
    access(load_rdi, false, AREA + 8192);
    uint64_t kept = event.regs.rax;
    write_cr4(cr4 & ~0x80ull);
    access(load_rdi, false, AREA + 8192);
    check("tlb.global", event.regs.rax == 2 && (kept == 1 || kept == 2), "after_cr3=%u after_pge=%u", kept, event.regs.rax);
    write_cr4(cr4);
    /* Two addresses of one frame. */
    pt[3] = (uint64_t)data | all;
    flush();
    access(store_rdi, false, AREA + 8);
    access(load_rdi, false, AREA + 3 * 4096 + 8);
    check("tlb.alias", event.regs.rax == 0x1122334455667788, "rax=0x%x", event.regs.rax);
}

static void large_checks(void) {
    const uint64_t all = P | W | U;
    area(all, all, all, all);
    uint64_t *large = memory_take(4096, 1 << 21);
    memset(large, 0, 4096);
    pd[1] = (uint64_t)large | all | PS;
    flush();
    large[3] = 77;
    works("2m.read", load_rdi, true, AREA + (2 << 20) + 24);
    check("2m.value", event.regs.rax == 77, "rax=%u", event.regs.rax);
    works("2m.write", store_rdi, true, AREA + (2 << 20) + 24);
    check("2m.dirty", (pd[1] & (A | D)) == (A | D), "l2=0x%x", pd[1]);
    pd[1] = (uint64_t)large | all | PS | 1 << 13;
    flush();
    faults("2m.reserved", load_rdi, true, AREA + (2 << 20), ERR_P | ERR_RSVD | ERR_U);
    if (!has_cpuid(0x80000001, 3, 26)) {
        skipped("1g", "no-1-gib-pages");
        return;
    }
    pdpt[1] = all | PS;
    flush();
    works("1g.read", load_rdi, true, AREA + (1 << 30) + (uint64_t)large + 24);
    check("1g.value", event.regs.rax == 0x1122334455667788, "rax=0x%x", event.regs.rax);
    works("1g.write", store_rdi, true, AREA + (1 << 30) + (uint64_t)large + 32);
    check("1g.dirty", (pdpt[1] & (A | D)) == (A | D), "l3=0x%x", pdpt[1]);
    pdpt[1] = all | PS | 1 << 13;
    flush();
    faults("1g.reserved", load_rdi, true, AREA + (1 << 30), ERR_P | ERR_RSVD | ERR_U);
    pdpt[1] = 0;
}

/* Kernel code must lie in supervisor pages here: the whole identity map becomes one. */
static void smep_smap_checks(void) {
    const uint64_t all = P | W | U;
    uint64_t cr4 = read_cr4(), l4 = page_map[0];
    area(all, all, all, all);
    data[0] = 0x80cd;
    page_map[0] = l4 & ~(uint64_t)U;
    flush();
    if (has_cpuid(7, 1, 7)) {
        works("smep.off", jump_rdi, false, AREA);
        write_cr4(cr4 | 1 << 20);
        faults("smep.on", jump_rdi, false, AREA, ERR_P | ERR_I);
        works("smep.data", load_rdi, false, AREA);
        write_cr4(cr4);
    } else {
        skipped("smep", "not-in-cpuid");
    }
    if (has_cpuid(7, 1, 20)) {
        write_cr4(cr4 | 1 << 21);
        faults("smap.read", load_rdi, false, AREA, ERR_P);
        faults("smap.write", store_rdi, false, AREA + 8, ERR_P | ERR_W);
        works("smap.stac", clac_stac, false, AREA);
        works("smap.execute", jump_rdi, false, AREA);
        struct regs r = kernel_at(load_rdi);
        r.rdi = AREA;
        r.rflags |= FLAG_AC;
        enter(&r);
        check_event("smap.ac", DONE, 0);
        write_cr4(cr4);
    } else {
        skipped("smap", "not-in-cpuid");
    }
    page_map[0] = l4;
    flush();
}

/* A string instruction that faults in the middle says how far it came and goes on from there. */
static void restart_checks(void) {
    const uint64_t all = P | W | U;
    area(all, all, all, all);
    pt[1] = 0;
    flush();
    uint8_t *from = memory_take(8192, 4096);
    for (int i = 0; i < 8192; i++) {
        from[i] = (uint8_t)(i * 7 + (i >> 8));
    }
    struct regs r = user_at(rep_movs);
    r.rsi = (uint64_t)from;
    r.rdi = AREA + 4000;
    r.rcx = 200;
    enter(&r);
    check("restart.fault", event.vector == PF && event.error == (ERR_W | ERR_U) && event.cr2 == AREA + 4096 && event.regs.rip == (uint64_t)rep_movs, "vector=%u cr2=0x%x",
          event.vector, event.cr2);
    check("restart.progress", event.regs.rcx == 104 && event.regs.rdi == AREA + 4096 && event.regs.rsi == (uint64_t)from + 96, "rcx=%u rdi=0x%x rsi=0x%x", event.regs.rcx,
          event.regs.rdi, event.regs.rsi);
    pt[1] = (uint64_t)other | all;
    r = event.regs;
    enter(&r);
    bool same = event.vector == DONE && event.regs.rcx == 0;
    for (int i = 0; i < 200; i++) {
        const uint8_t *at = i < 96 ? (uint8_t *)data + 4000 + i : (uint8_t *)other + i - 96;
        same &= *at == from[i];
    }
    check("restart.complete", same, "vector=%u rcx=%u", event.vector, event.regs.rcx);
}

void paging_checks(void) {
    pdpt = page();
    pd = page();
    pt = page();
    data = page();
    other = page();
    permission_checks();
    accessed_checks();
    translation_checks();
    large_checks();
    smep_smap_checks();
    restart_checks();
    page_map[1] = 0;
    flush();
}
