/* Segments (SDM vol 3 §5): loads and their checks, compatibility mode, limits, far transfers, LAR and friends. */
#include "cpu.h"

static uint8_t buffer[64] __attribute__((aligned(64)));

static void load(const char *name, const uint8_t *code, bool user, uint64_t selector, uint64_t vector, uint64_t error) {
    struct regs r = user ? user_at(code) : kernel_at(code);
    r.rax = selector;
    enter(&r);
    if (vector == DONE) {
        check_event(name, DONE, 0);
    } else {
        check_event_at(name, vector, error, code);
    }
}

static void put(int selector, uint64_t descriptor) {
    descriptors[selector / 8] = descriptor;
}

static void load_checks(void) {
    load("seg.null_ds", load_ds, false, 0, DONE, 0);
    load("seg.null_ds_rpl", load_ds, true, 3, DONE, 0);
    load("seg.null_ss_user", load_ss, true, 3, GP, 0);
    load("seg.null_ss", load_ss, false, 0, DONE, 0);
    load("seg.beyond", load_ds, false, 0x1008, GP, 0x1008);
    load("seg.no_ldt", load_ds, false, 0x0c, GP, 0x0c);
    load("seg.code_ds", load_ds, false, CODE64, DONE, 0);
    put(TEST, make_code(0, 0xfffff, 0xc99)); /* execute only */
    load("seg.execute_only", load_ds, false, TEST, GP, TEST);
    load("seg.dpl", load_ds, true, DATA, GP, DATA);
    load("seg.rpl", load_ds, false, DATA | 3, GP, DATA);
    load("seg.conforming", load_ds, true, CONFORMING | 3, DONE, 0);
    load("seg.ss_rpl", load_ss, false, USER_DATA, GP, USER_DATA & ~3u);
    load("seg.ss_code", load_ss, false, CODE64, GP, CODE64);
    put(TEST, make_code(0, 0xfffff, 0xc91)); /* read only */
    load("seg.ss_read_only", load_ss, false, TEST, GP, TEST);
    put(TEST, make_code(0, 0xfffff, 0xc13)); /* not present */
    load("np.ds", load_ds, false, TEST, NP, TEST);
    load("ss.np", load_ss, false, TEST, SS, TEST);
    load("seg.system", load_ds, false, TSS, GP, TSS);
    put(TEST, make_code(0, 0xfffff, 0xc92));
    load("seg.sets_accessed", load_ds, false, TEST, DONE, 0);
    check("seg.accessed", descriptors[TEST / 8] >> 40 & 1, "descriptor=0x%x", descriptors[TEST / 8]);
    load("ltr.busy", load_ltr, false, TSS, GP, TSS);
    load("ltr.null", load_ltr, false, 0, GP, 0);
    load("ltr.type", load_ltr, false, DATA, GP, DATA);
    load_task_register();
    load("lldt.type", load_lldt, false, DATA, GP, DATA);
    static uint64_t local[2] = {0x00cff3000000ffff, 0x00cffb000000ffff};
    descriptors[LDT / 8] = make_code((uint64_t)local, sizeof local - 1, 0x082);
    descriptors[LDT / 8 + 1] = (uint64_t)local >> 32;
    load("lldt.load", load_lldt, false, LDT, DONE, 0);
    load("ldt.data", load_ds, true, 0x04 | 3, DONE, 0);
    load("ldt.beyond", load_ds, true, 0x14 | 3, GP, 0x14);
    load("lldt.null", load_lldt, false, 0, DONE, 0);
    load("ldt.gone", load_ds, true, 0x04 | 3, GP, 0x04);
    /* The base of FS counts in 64-bit mode, that of DS does not. */
    buffer[0] = 0x5a;
    put(TEST, make_code((uint64_t)buffer, 0xfffff, 0xcf3));
    load("seg.fs_load", load_fs, true, TEST | 3, DONE, 0);
    uint8_t value;
    __asm__ volatile("movb %%fs:0, %0" : "=q"(value));
    check("seg.fs_base", value == 0x5a && rdmsr(0xc0000100) == (uint64_t)buffer, "value=0x%x base=0x%x", (uint64_t)value, rdmsr(0xc0000100));
    load("seg.fs_null", load_fs, false, 0, DONE, 0);
    wrmsr(0xc0000101, (uint64_t)buffer);
    struct regs r = user_at(read_gs);
    enter(&r);
    check("seg.gs_base_msr", event.vector == DONE && (event.regs.rax & 0xff) == 0x5a, "vector=%u rax=0x%x", event.vector, event.regs.rax);
    wrmsr(0xc0000101, 0);
}

static void question_checks(void) {
    static const struct {
        const char *name;
        uint64_t selector, readable, writable;
    } list[] = {{"verify.data", USER_DATA, 1, 1}, {"verify.code", USER_CODE64, 1, 0}, {"verify.kernel", DATA, 0, 0}, {"verify.null", 0, 0, 0},
        {"verify.beyond", 0x1000, 0, 0}, {"verify.system", TSS, 0, 0}};
    for (unsigned i = 0; i < array_length(list); i++) {
        struct regs r = user_at(verify);
        r.rax = list[i].selector;
        enter(&r);
        check(list[i].name, event.vector == DONE && (event.regs.rbx & 0xff) == list[i].readable && (event.regs.rbx >> 8 & 0xff) == list[i].writable, "vector=%u rbx=0x%x",
              event.vector, event.regs.rbx);
    }
    struct regs r = user_at(lar_lsl);
    r.rax = USER_DATA;
    enter(&r);
    check("lar.data", event.regs.rbx == 0x101 && (event.regs.rcx & 0xf0ff00) == 0xc0f300 && event.regs.rdx == 0xffffffff, "rbx=0x%x lar=0x%x lsl=0x%x", event.regs.rbx, event.regs.rcx,
          event.regs.rdx);
    r.rax = DATA;
    enter(&r);
    check("lar.kernel", event.regs.rbx == 0, "rbx=0x%x", event.regs.rbx);
    r = kernel_at(lar_lsl);
    r.rax = TSS;
    enter(&r);
    check("lar.tss", event.regs.rbx == 0x101 && (event.regs.rcx & 0xf0ff00) == 0x8b00 && event.regs.rdx == 255, "rbx=0x%x lar=0x%x lsl=0x%x", event.regs.rbx, event.regs.rcx, event.regs.rdx);
}

static void compatibility_checks(void) {
    struct regs r = compatible_at(code32_add, USER_CODE32, USER_DATA);
    r.rax = 0xffffffff;
    r.rbx = 2;
    enter(&r);
    check("c32.add", event.vector == DONE && event.regs.rax == 1 && event.regs.cs == USER_CODE32 && (event.regs.rflags & FLAG_CF), "vector=%u rax=0x%x cs=0x%x", event.vector,
          event.regs.rax, event.regs.cs);
    r = compatible_at(code32_inc, USER_CODE32, USER_DATA);
    r.rax = 40;
    enter(&r);
    check("c32.inc", event.vector == DONE && event.regs.rax == 42, "vector=%u rax=%u", event.vector, event.regs.rax);
    r = compatible_at(code32_push, USER_CODE32, USER_DATA);
    r.rax = 0x12345678;
    enter(&r);
    check("c32.push", event.vector == DONE && event.regs.rbx == 0x12345678 && event.regs.rsp == r.rsp - 2, "vector=%u rbx=0x%x rsp=0x%x", event.vector, event.regs.rbx, event.regs.rsp);
    r = compatible_at(code32_far64, USER_CODE32, USER_DATA);
    enter(&r);
    check("c32.far_to_64", event.vector == DONE && event.regs.cs == USER_CODE64 && event.regs.rip == (uint64_t)done + 2, "vector=%u error=0x%x cs=0x%x", event.vector, event.error,
          event.regs.cs);
    r = compatible_at(code32_aaa, USER_CODE32, USER_DATA);
    r.rax = 0x000f;
    enter(&r);
    check("c32.aaa_daa", event.vector == DONE && (event.regs.rax & 0xffff) == 0x016b, "vector=%u rax=0x%x", event.vector, event.regs.rax);
    r = compatible_at(into_code, USER_CODE32, USER_DATA);
    r.rax = 0x70;
    enter(&r);
    check_event_at("c32.into", OF, 0, into_at + 1);
    r.rax = 1;
    enter(&r);
    check_event("c32.into_not", DONE, 0);
    static int32_t bounds[2] = {-5, 5};
    r = compatible_at(code32_bound, USER_CODE32, USER_DATA);
    r.rdi = (uint64_t)bounds;
    r.rax = (uint32_t)-5;
    enter(&r);
    check_event("c32.bound_inside", DONE, 0);
    r.rax = 6;
    enter(&r);
    check_event_at("c32.bound", 5, 0, code32_bound);
    r = compatible_at(code32_arpl, USER_CODE32, USER_DATA);
    r.rax = 0x10;
    r.rbx = 3;
    enter(&r);
    check("c32.arpl", event.vector == DONE && event.regs.rax == 0x13 && (event.regs.rcx & 0xff) == 1, "vector=%u rax=0x%x", event.vector, event.regs.rax);
    /* The upper halves of addresses do not count. */
    r = compatible_at(code32_load, USER_CODE32, USER_DATA);
    *(uint32_t *)buffer = 0xabcdef01;
    r.rdi = (uint64_t)buffer | 0xffffffff00000000;
    __asm__ volatile("movl %0, %%ds" ::"r"(USER_DATA));
    enter(&r);
    check("c32.address", event.vector == DONE && event.regs.rax == 0xabcdef01, "vector=%u rax=0x%x cr2=0x%x", event.vector, event.regs.rax, event.cr2);
    /* 16-bit code, its base where the code is. */
    put(TEST, make_code((uint64_t)code16_add & ~15ull, 0xffff, 0x0fb));
    r = compatible_at((void *)0, TEST | 3, USER_DATA);
    r.rax = 0x1ffff;
    r.rbx = 0x10001;
    r.rdx = 5;
    enter(&r);
    check("c16.add", event.vector == DONE && event.regs.rax == 0x10000 && event.regs.rdx == 0x10006 && event.regs.rip == 7, "vector=%u rax=0x%x rdx=0x%x rip=0x%x", event.vector,
          event.regs.rax, event.regs.rdx, event.regs.rip);
}

/* Limits and types count in compatibility mode. Names that start with limit. are what QEMU's TCG leaves out. */
static void limit_checks(void) {
    put(TEST, make_code((uint64_t)buffer, 15, 0x4f3)); /* 16 bytes */
    static const struct {
        const char *name;
        uint64_t offset, vector;
    } list[] = {{"limit.inside", 12, DONE}, {"limit.last_byte", 13, GP}, {"limit.beyond", 16, GP}};
    for (unsigned i = 0; i < array_length(list); i++) {
        struct regs r = compatible_at(code32_limit_store, USER_CODE32, USER_DATA);
        r.rdi = list[i].offset;
        __asm__ volatile("movl %0, %%es" ::"r"(TEST | 3));
        enter(&r);
        check_event(list[i].name, list[i].vector, 0);
    }
    put(TEST2, make_code((uint64_t)buffer - 0x10000, 0xffff, 0x4f7)); /* expand-down: above 0xffff */
    struct regs r = compatible_at(code32_limit_store, USER_CODE32, USER_DATA);
    r.rdi = 0x10000;
    __asm__ volatile("movl %0, %%es" ::"r"(TEST2 | 3));
    enter(&r);
    check_event("limit.down_inside", DONE, 0);
    r.rdi = 0xffff;
    __asm__ volatile("movl %0, %%es" ::"r"(TEST2 | 3));
    enter(&r);
    check_event("limit.down_below", GP, 0);
    put(TEST3, make_code(0, 0xfffff, 0xcf1)); /* read only */
    r.rdi = (uint64_t)buffer;
    __asm__ volatile("movl %0, %%es" ::"r"(TEST3 | 3));
    enter(&r);
    check_event("limit.read_only", GP, 0);
    __asm__ volatile("movl %0, %%es" ::"r"(0));
    enter(&r);
    check_event("limit.null", GP, 0);
    put(TEST3, make_code((uint64_t)buffer, 15, 0x4f3));
    r = compatible_at(code32_store_ss, USER_CODE32, TEST3 | 3);
    r.rdi = 16;
    enter(&r);
    check_event("limit.stack", SS, 0);
    __asm__ volatile("movl %0, %%es" ::"r"(DATA));
}

void segment_checks(void) {
    load_checks();
    question_checks();
    compatibility_checks();
    limit_checks();
}
