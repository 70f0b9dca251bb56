/*
 * Checks of the processor itself. Everything goes through one door: enter() loads a register set of any privilege
 * level and mode and starts it; the next exception or interrupt, whatever it is, comes back as `event`.
 */
#ifndef CPU_H
#define CPU_H

#include "../common/guest.h"

struct regs {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t rip, cs, rflags, rsp, ss;
};

struct event {
    struct regs regs;      /* as they were when the event came */
    uint64_t vector, error;
    uint64_t cr2, dr6;
    uint64_t frame;        /* where the processor put the frame: the handler's stack */
    uint64_t handler_cs;
};

extern struct event event; /* enter.S */
/* Runs until the next event and returns its vector. */
uint64_t enter(const struct regs *regs);

/* Selectors of the table in cpu.c. SYSCALL, SYSRET, SYSENTER and SYSEXIT dictate the order of some. */
enum {
    CODE64 = 0x08,
    DATA = 0x10,
    USER_DATA = 0x1b,
    USER_CODE64 = 0x23,
    USER_CODE32 = 0x2b,
    USER_DATA2 = 0x33,
    CODE32 = 0x38,
    CODE16 = 0x40,
    DATA16 = 0x48,
    USER_CODE16 = 0x53,
    TEST = 0x58, /* three descriptors for the checks to fill */
    TEST2 = 0x60,
    TEST3 = 0x68,
    TSS = 0x70,
    GATE = 0x80,
    LDT = 0x90,
    CONFORMING = 0xa0,
};

/* Exceptions (SDM vol 3 §6.3); DONE is the software interrupt that ends a snippet. */
enum { DE = 0, DB = 1, BP = 3, OF = 4, UD = 6, NM = 7, DF = 8, TS = 10, NP = 11, SS = 12, GP = 13, PF = 14, MF = 16, AC = 17, XM = 19, DONE = 0x80 };

enum { FLAG_CF = 1, FLAG_TF = 0x100, FLAG_IF = 0x200, FLAG_DF = 0x400, FLAG_IOPL = 0x3000, FLAG_NT = 0x4000, FLAG_RF = 0x10000, FLAG_AC = 0x40000 };

extern uint64_t descriptors[32];
extern uint8_t tss_area[];
void set_gate(int vector, uint64_t offset, uint16_t selector, int ist, int type_dpl);
/* The gate as it is for every other check: to the stub, CPL 0, callable from CPL 3 if it is DONE, BP or OF. */
void default_gate(int vector);
void load_task_register(void);
uint64_t stub_of(int vector);
uint64_t make_code(uint64_t base, uint64_t limit, uint64_t access_flags);

/* A register set that starts at `code` with clean flags. */
struct regs kernel_at(const void *code);
struct regs user_at(const void *code);
/* In compatibility mode; the selector says which width and level. */
struct regs compatible_at(const void *code, uint16_t cs, uint16_t ss);

void check(const char *name, bool ok, const char *format, ...);
/* The vector and error code that must have come. */
void check_event(const char *name, uint64_t vector, uint64_t error);
/* The event came at this instruction. */
void check_event_at(const char *name, uint64_t vector, uint64_t error, const void *rip);
void skipped(const char *name, const char *reason);
bool has_cpuid(uint32_t leaf, int reg, int bit);

static inline uint64_t rdmsr(uint32_t msr) {
    uint32_t lo, hi;
    __asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
    return (uint64_t)hi << 32 | lo;
}

static inline void wrmsr(uint32_t msr, uint64_t v) {
    __asm__ volatile("wrmsr" ::"c"(msr), "a"((uint32_t)v), "d"((uint32_t)(v >> 32)) : "memory");
}

#define CONTROL_REGISTER(n)                                              \
    static inline uint64_t read_cr##n(void) {                            \
        uint64_t v;                                                      \
        __asm__ volatile("movq %%cr" #n ", %0" : "=r"(v)::"memory");     \
        return v;                                                        \
    }                                                                    \
    static inline void write_cr##n(uint64_t v) {                         \
        __asm__ volatile("movq %0, %%cr" #n ::"r"(v) : "memory");        \
    }
CONTROL_REGISTER(0)
CONTROL_REGISTER(2)
CONTROL_REGISTER(3)
CONTROL_REGISTER(4)
CONTROL_REGISTER(8)

static inline void invlpg(uint64_t address) {
    __asm__ volatile("invlpg (%0)" ::"r"(address) : "memory");
}

#define DEBUG_REGISTER(n)                                            \
    static inline void write_dr##n(uint64_t v) {                     \
        __asm__ volatile("movq %0, %%dr" #n ::"r"(v) : "memory");    \
    }
DEBUG_REGISTER(0)
DEBUG_REGISTER(1)
DEBUG_REGISTER(6)
DEBUG_REGISTER(7)

/* snippets.S: each ends with int $0x80 unless its name says that it faults. */
#define SNIPPET(name) extern const uint8_t name[];
SNIPPET(done) SNIPPET(load_rdi) SNIPPET(store_rdi) SNIPPET(add_rdi) SNIPPET(jump_rdi)
SNIPPET(divide) SNIPPET(divide_at) SNIPPET(int3_code) SNIPPET(int3_after) SNIPPET(into_code) SNIPPET(into_at) SNIPPET(undefined) SNIPPET(int_40) SNIPPET(int_40_after)
SNIPPET(icebp) SNIPPET(icebp_after) SNIPPET(noncanonical) SNIPPET(privileged_hlt) SNIPPET(privileged_cli) SNIPPET(privileged_cr0) SNIPPET(privileged_in)
SNIPPET(iret64) SNIPPET(iret64_at) SNIPPET(lret64) SNIPPET(ljmp64) SNIPPET(lcall64) SNIPPET(lcall64_after) SNIPPET(load_ds) SNIPPET(load_ss) SNIPPET(load_fs) SNIPPET(load_ltr) SNIPPET(load_lldt)
SNIPPET(load_idt) SNIPPET(sti_shadow) SNIPPET(sti_shadow_second) SNIPPET(ss_shadow) SNIPPET(ss_shadow_after) SNIPPET(popf_code) SNIPPET(pushf_code)
SNIPPET(syscall_code) SNIPPET(syscall_after) SNIPPET(syscall_target) SNIPPET(sysret64) SNIPPET(sysret32) SNIPPET(sysenter_code) SNIPPET(sysexit64) SNIPPET(swapgs_code)
SNIPPET(rdmsr_code) SNIPPET(wrmsr_code) SNIPPET(write_cr0_code) SNIPPET(write_cr3_code) SNIPPET(write_cr4_code) SNIPPET(write_cr8_code) SNIPPET(read_dr4_code) SNIPPET(read_dr7_code) SNIPPET(write_dr7_code)
SNIPPET(steps) SNIPPET(step1) SNIPPET(step2) SNIPPET(step3) SNIPPET(rep_movs) SNIPPET(rep_movs_after) SNIPPET(read_gs) SNIPPET(unaligned)
SNIPPET(code32_add) SNIPPET(code32_load) SNIPPET(code32_push) SNIPPET(code32_inc) SNIPPET(code32_far64) SNIPPET(code32_int3) SNIPPET(code16_add) SNIPPET(code32_aaa) SNIPPET(code32_bound) SNIPPET(code32_limit_store) SNIPPET(code32_iret) SNIPPET(code32_store_ss) SNIPPET(code32_arpl) SNIPPET(push_rsp) SNIPPET(verify) SNIPPET(lar_lsl) SNIPPET(smc_same) SNIPPET(smc_imm) SNIPPET(smc_loop) SNIPPET(smc_loop_imm) SNIPPET(clac_stac) SNIPPET(fpu_code) SNIPPET(sse_code) SNIPPET(lock_undefined) SNIPPET(long_nops) SNIPPET(wait_code) SNIPPET(sidt_code) SNIPPET(rdtsc_code) SNIPPET(write_dr6_code)
#undef SNIPPET

void exception_checks(void);
void segment_checks(void);
void paging_checks(void);
void call_checks(void);
void debug_checks(void);
void modify_checks(void);
void register_checks(void);
void control_checks(void);

#endif
