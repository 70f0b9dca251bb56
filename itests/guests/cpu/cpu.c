/* Checks the processor: paging, exceptions, segments, calls between levels, debug registers, changed code. */
#include "cpu.h"

const int guest_cpl = 0;

static const char *const known[] = {"only", "skip", 0};
static uint64_t passed, failed, left_out;
extern const uint8_t cpu_stubs[];

uint64_t descriptors[32] __attribute__((aligned(16)));
static uint64_t idt_table[512] __attribute__((aligned(16)));
uint8_t tss_area[256] __attribute__((aligned(16)));
static uint8_t kernel_stack[8192] __attribute__((aligned(16)));
static uint8_t user_stack[8192] __attribute__((aligned(16)));
static uint8_t rsp0_stack[4096] __attribute__((aligned(16)));

void check(const char *name, bool ok, const char *format, ...) {
    print("check=%s result=%s ", name, ok ? "ok" : "FAIL");
    va_list args;
    va_start(args, format);
    print_list(format, args);
    va_end(args);
    print("\n");
    if (ok) {
        passed++;
    } else {
        failed++;
    }
}

void check_event(const char *name, uint64_t vector, uint64_t error) {
    bool ok = event.vector == vector && event.error == error;
    check(name, ok, "vector=%u error=0x%x wanted=%u,0x%x rip=0x%x cr2=0x%x", event.vector, event.error, vector, error, event.regs.rip, event.cr2);
}

void check_event_at(const char *name, uint64_t vector, uint64_t error, const void *rip) {
    bool ok = event.vector == vector && event.error == error && event.regs.rip == (uint64_t)rip;
    check(name, ok, "vector=%u error=0x%x rip=0x%x wanted=%u,0x%x,0x%x", event.vector, event.error, event.regs.rip, vector, error, (uint64_t)rip);
}

void skipped(const char *name, const char *reason) {
    print("check=%s result=skipped reason=%s\n", name, reason);
    left_out++;
}

bool has_cpuid(uint32_t leaf, int reg, int bit) {
    uint32_t r[4];
    cpuid(leaf & 0x80000000u, 0, r);
    if (r[0] < leaf) {
        return false;
    }
    cpuid(leaf, 0, r);
    return r[reg] >> bit & 1;
}

uint64_t stub_of(int vector) {
    return (uint64_t)cpu_stubs + 16u * (unsigned)vector;
}

void set_gate(int vector, uint64_t offset, uint16_t selector, int ist, int type_dpl) {
    idt_table[vector * 2] = (offset & 0xffff) | (uint64_t)selector << 16 | (uint64_t)ist << 32 | (uint64_t)type_dpl << 40 | (offset >> 16 & 0xffff) << 48;
    idt_table[vector * 2 + 1] = offset >> 32;
}

void default_gate(int vector) {
    bool user = vector == DONE || vector == BP || vector == OF;
    set_gate(vector, stub_of(vector), CODE64, 0, user ? 0xee : 0x8e);
}

uint64_t make_code(uint64_t base, uint64_t limit, uint64_t access_flags) {
    return (limit & 0xffff) | (base & 0xffffff) << 16 | (access_flags & 0xff) << 40 | (limit >> 16 & 15) << 48 | (access_flags >> 8 & 15) << 52 |
           (base >> 24 & 0xff) << 56;
}

struct regs kernel_at(const void *code) {
    struct regs r = {.rip = (uint64_t)code, .cs = CODE64, .ss = DATA, .rflags = 2, .rsp = (uint64_t)kernel_stack + 4096};
    return r;
}

struct regs user_at(const void *code) {
    struct regs r = {.rip = (uint64_t)code, .cs = USER_CODE64, .ss = USER_DATA, .rflags = 2, .rsp = (uint64_t)user_stack + 4096};
    return r;
}

struct regs compatible_at(const void *code, uint16_t cs, uint16_t ss) {
    struct regs r = user_at(code);
    r.cs = cs;
    r.ss = ss;
    return r;
}

void load_task_register(void) {
    descriptors[TSS / 8] &= ~(2ull << 40); /* not busy */
    __asm__ volatile("ltr %w0" ::"r"(TSS) : "memory");
}

static void set_up_tables(void) {
    static const uint64_t fixed[] = {0, 0x00af9b000000ffff, 0x00cf93000000ffff, 0x00cff3000000ffff, 0x00affb000000ffff,
        0x00cffb000000ffff, 0x00cff3000000ffff, 0x00cf9b000000ffff, 0x008f9b000000ffff, 0x008f93000000ffff, 0x008ffb000000ffff};
    for (unsigned i = 0; i < array_length(fixed); i++) {
        descriptors[i] = fixed[i];
    }
    descriptors[CONFORMING / 8] = 0x00af9f000000ffff;
    uint64_t base = (uint64_t)tss_area, rsp0 = (uint64_t)rsp0_stack + sizeof rsp0_stack;
    descriptors[TSS / 8] = make_code(base, sizeof tss_area - 1, 0x089);
    descriptors[TSS / 8 + 1] = base >> 32;
    memcpy(tss_area + 4, &rsp0, 8);
    tss_area[102] = 0xff; /* no I/O bitmap */
    for (int vector = 0; vector < 256; vector++) {
        default_gate(vector);
    }
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) gdt = {sizeof descriptors - 1, (uint64_t)descriptors}, idt = {sizeof idt_table - 1, (uint64_t)idt_table};
    /* After reset the LDTR is usable, with base 0 and limit 0xffff. */
    __asm__ volatile("lgdt %0\n lidt %1\n lldt %w2" ::"m"(gdt), "m"(idt), "r"(0) : "memory");
    load_task_register();
}

static bool listed(const char *list, const char *word) {
    while (*list) {
        const char *w = word;
        while (*w && *list == *w) {
            list++;
            w++;
        }
        if (!*w && (!*list || *list == ',')) {
            return true;
        }
        while (*list && *list++ != ',') {
        }
    }
    return false;
}

static void group(const char *name, void (*run)(void)) {
    const char *only = param_text("only", "");
    if ((!*only || listed(only, name)) && !listed(param_text("skip", ""), name)) {
        run();
    }
}

void guest_main(void) {
    params_setup(known);
    memory_setup();
    time_setup();
    set_up_tables();
    print("guest=cpu tsc_khz=%u cr0=0x%x cr4=0x%x efer=0x%x\n", tsc_khz, read_cr0(), read_cr4(), rdmsr(0xc0000080));
    group("exceptions", exception_checks);
    group("segments", segment_checks);
    group("paging", paging_checks);
    group("calls", call_checks);
    group("debug", debug_checks);
    group("modify", modify_checks);
    group("registers", register_checks);
    group("control", control_checks);
    print("passed=%u failed=%u skipped=%u\n", passed, failed, left_out);
    print("result=%s\n", failed ? "FAIL" : "ok");
    end(failed ? END_FAILED : END_OK);
}
