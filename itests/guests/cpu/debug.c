/* Debug registers and single step (SDM vol 3 §17.2, §17.3). */
#include "cpu.h"

enum { DR6_B0 = 1, DR6_B1 = 2, DR6_BD = 0x2000, DR6_BS = 0x4000, DR6_FIXED = 0xffff0ff0 };
static uint64_t word[2] __attribute__((aligned(16)));

static void at_event(const char *name, const void *rip, uint64_t bits) {
    bool ok = event.vector == DB && event.regs.rip == (uint64_t)rip && (event.dr6 & 0xe00f) == bits;
    check(name, ok, "vector=%u rip=0x%x dr6=0x%x wanted_rip=0x%x", event.vector, event.regs.rip, event.dr6, (uint64_t)rip);
    write_dr6(DR6_FIXED);
}

static void go_on(uint64_t set, uint64_t clear) {
    struct regs r = event.regs;
    r.rflags = (r.rflags | set) & ~clear;
    enter(&r);
}

static void step_checks(void) {
    write_dr6(DR6_FIXED);
    struct regs r = user_at(steps);
    r.rdi = (uint64_t)word;
    r.rflags |= FLAG_TF;
    enter(&r);
    at_event("step.first", step1, DR6_BS);
    check("step.pushed_tf", (event.regs.rflags & FLAG_TF) != 0, "rflags=0x%x", event.regs.rflags);
    go_on(0, 0);
    at_event("step.second", step2, DR6_BS);
    check("step.effect", event.regs.rax == 5, "rax=%u", event.regs.rax);
    go_on(0, FLAG_TF);
    check_event("step.off", DONE, 0);
    /* Every iteration of a string instruction is a step. */
    static uint8_t from[8] = "abcdefg", to[8];
    r = user_at(rep_movs);
    r.rsi = (uint64_t)from;
    r.rdi = (uint64_t)to;
    r.rcx = 3;
    r.rflags |= FLAG_TF;
    enter(&r);
    check("step.string", event.vector == DB && event.regs.rip == (uint64_t)rep_movs && event.regs.rcx == 2 && to[0] == 'a' && to[1] == 0, "vector=%u rip=0x%x rcx=%u",
          event.vector, event.regs.rip, event.regs.rcx);
    go_on(0, 0);
    go_on(0, 0);
    check("step.string_end", event.vector == DB && event.regs.rip == (uint64_t)rep_movs_after && event.regs.rcx == 0, "vector=%u rip=0x%x rcx=%u", event.vector,
          event.regs.rip, event.regs.rcx);
    write_dr6(DR6_FIXED);
}

static void breakpoint_checks(void) {
    struct regs r = user_at(steps);
    r.rdi = (uint64_t)word;
    write_dr0((uint64_t)step1);
    write_dr7(0x400 | 1);
    enter(&r);
    at_event("break.execute", step1, DR6_B0);
    check("break.fault_before", event.regs.rax == 0, "rax=%u", event.regs.rax);
    go_on(FLAG_RF, 0);
    check_event("break.resume", DONE, 0);
    write_dr0((uint64_t)word);
    write_dr7(0x400 | 2 | 1u << 16 | 3u << 18); /* global, write, 4 bytes */
    enter(&r);
    at_event("watch.write", step3, DR6_B0);
    go_on(0, 0);
    check_event("watch.write_ignores_read", DONE, 0);
    write_dr7(0x400 | 2 | 3u << 16 | 2u << 18); /* read or write, 8 bytes */
    enter(&r);
    at_event("watch.any_write", step3, DR6_B0);
    go_on(0, 0);
    at_event("watch.any_read", step3 + 3, DR6_B0);
    write_dr0((uint64_t)word + 8);
    enter(&r);
    check_event("watch.elsewhere", DONE, 0);
    write_dr1((uint64_t)word + 4);
    write_dr7(0x400 | 8 | 3u << 20 | 0u << 22); /* DR1: one byte inside the access */
    enter(&r);
    at_event("watch.inside", step3, DR6_B1);
    write_dr7(0x400);
    enter(&r);
    check_event("watch.off", DONE, 0);
    /* General detect: any access to a debug register. */
    write_dr7(0x400 | 1u << 13);
    struct regs k = kernel_at(read_dr7_code);
    enter(&k);
    at_event("break.general_detect", read_dr7_code, DR6_BD);
    write_dr7(0x400);
}

static void register_checks_debug(void) {
    struct regs r = kernel_at(read_dr7_code);
    enter(&r);
    check("dr7.reads", event.regs.rax == 0x400, "dr7=0x%x", event.regs.rax);
    r = kernel_at(write_dr7_code);
    r.rax = 1ull << 32;
    enter(&r);
    check_event_at("dr7.high_half", GP, 0, write_dr7_code);
    r.rip = (uint64_t)write_dr6_code;
    enter(&r);
    check_event_at("dr6.high_half", GP, 0, write_dr6_code);
    uint64_t cr4 = read_cr4();
    r = kernel_at(read_dr4_code);
    enter(&r);
    check("dr4.alias", event.vector == DONE && (event.regs.rax & 0xffff0ff0) == 0xffff0ff0, "vector=%u dr4=0x%x", event.vector, event.regs.rax);
    write_cr4(cr4 | 8);
    enter(&r);
    check_event_at("dr4.undefined", UD, 0, read_dr4_code);
    write_cr4(cr4);
}

void debug_checks(void) {
    step_checks();
    breakpoint_checks();
    register_checks_debug();
}
