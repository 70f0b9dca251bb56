/* Exceptions and interrupts (SDM vol 3 §6): faults and traps, error codes, gates, stacks, shadows. */
#include "cpu.h"

static uint8_t ist_stack[4096] __attribute__((aligned(16)));

static void run(struct regs r) {
    enter(&r);
}

static void simple_checks(void) {
    run(kernel_at(done));
    check_event_at("int.n", DONE, 0, done + 2);
    run(user_at(done));
    check_event_at("int.n_user", DONE, 0, done + 2);
    struct regs r = kernel_at(divide);
    r.rax = 1;
    run(r);
    check_event_at("de.zero", DE, 0, divide_at);
    r.rdx = 5;
    r.rcx = 5;
    run(r);
    check_event_at("de.overflow", DE, 0, divide_at);
    run(user_at(int3_code));
    check_event_at("bp.trap", BP, 0, int3_after);
    run(kernel_at(undefined));
    check_event_at("ud.ud2", UD, 0, undefined);
    run(kernel_at(lock_undefined));
    check_event_at("ud.lock", UD, 0, lock_undefined);
    run(kernel_at(long_nops));
    check_event_at("gp.too_long", GP, 0, long_nops);
    run(kernel_at(icebp));
    check_event_at("db.icebp", DB, 0, icebp_after);
    r = kernel_at(noncanonical);
    r.rdi = 0x8000000000000000;
    run(r);
    check_event_at("gp.noncanonical", GP, 0, noncanonical);
    r = user_at(push_rsp);
    r.rsp = 0x8000000000000000;
    run(r);
    check_event_at("ss.noncanonical", SS, 0, push_rsp);
    r = kernel_at(jump_rdi);
    r.rdi = 0x800000000000;
    run(r);
    check_event("gp.noncanonical_jump", GP, 0);
}

static void privilege_checks(void) {
    static const struct {
        const char *name;
        const uint8_t *code;
    } list[] = {{"gp.hlt", privileged_hlt}, {"gp.cli", privileged_cli}, {"gp.cr0", privileged_cr0}, {"gp.in", privileged_in},
        {"gp.rdmsr", rdmsr_code}, {"gp.wrmsr", wrmsr_code}, {"gp.lidt", load_idt}, {"gp.ltr", load_ltr}, {"gp.lldt", load_lldt},
        {"gp.dr7", read_dr7_code}, {"gp.swapgs", swapgs_code}};
    for (unsigned i = 0; i < array_length(list); i++) {
        struct regs r = user_at(list[i].code);
        r.rdi = r.rsp;
        run(r);
        check_event_at(list[i].name, GP, 0, list[i].code);
    }
    struct regs r = user_at(int_40);
    run(r);
    check_event_at("gp.int_dpl", GP, 0x40 << 3 | 2, int_40);
    r = user_at(privileged_cli);
    r.rflags |= FLAG_IOPL | FLAG_IF;
    run(r);
    check("iopl.cli", event.vector == DONE && !(event.regs.rflags & FLAG_IF), "vector=%u rflags=0x%x", event.vector, event.regs.rflags);
    r.rip = (uint64_t)privileged_in;
    r.rflags = 2 | FLAG_IOPL;
    run(r);
    check_event("iopl.in", DONE, 0);
}

static void gate_checks(void) {
    set_gate(0x40, stub_of(0x40), CODE64, 0, 0x0e);
    run(kernel_at(int_40));
    check_event_at("np.gate", NP, 0x40 << 3 | 2, int_40);
    set_gate(0x40, stub_of(0x40), 0, 0, 0x8e);
    run(kernel_at(int_40));
    check_event_at("gp.gate_null", GP, 0, int_40);
    set_gate(0x40, stub_of(0x40), DATA, 0, 0x8e);
    run(kernel_at(int_40));
    check_event_at("gp.gate_data", GP, DATA, int_40);
    set_gate(0x40, stub_of(0x40), CODE64, 0, 0x85);
    run(kernel_at(int_40));
    check_event_at("gp.gate_type", GP, 0x40 << 3 | 2, int_40);
    set_gate(0x40, stub_of(0x40), 0x1000, 0, 0x8e);
    run(kernel_at(int_40));
    check_event_at("gp.gate_beyond", GP, 0x1000, int_40);

    set_gate(0x40, stub_of(0x40), CODE64, 0, 0x8f);
    struct regs r = kernel_at(int_40);
    r.rsp = (r.rsp & ~15ull) + 8;
    run(r);
    uint64_t frame = (r.rsp & ~15ull) - 40;
    check("gate.aligned_frame", event.vector == 0x40 && event.frame == frame && event.regs.rsp == r.rsp, "frame=0x%x wanted=0x%x rsp=0x%x", event.frame, frame, event.regs.rsp);
    uint64_t top = (uint64_t)ist_stack + sizeof ist_stack;
    memcpy(tss_area + 36, &top, 8);
    set_gate(0x40, stub_of(0x40), CODE64, 1, 0xee);
    run(kernel_at(int_40));
    check("gate.ist", event.frame == top - 40, "frame=0x%x wanted=0x%x", event.frame, top - 40);
    run(user_at(int_40));
    check("gate.ist_user", event.frame == top - 40 && event.regs.cs == USER_CODE64 && event.regs.ss == USER_DATA, "frame=0x%x cs=0x%x", event.frame, event.regs.cs);
    uint64_t rsp0;
    memcpy(&rsp0, tss_area + 4, 8);
    run(user_at(done));
    check("gate.rsp0", event.frame == rsp0 - 40, "frame=0x%x wanted=0x%x", event.frame, rsp0 - 40);
    default_gate(0x40);

    /* A page fault whose gate is not usable becomes a double fault, error code 0, on its own stack. */
    set_gate(DF, stub_of(DF), CODE64, 1, 0x8e);
    set_gate(PF, stub_of(PF), CODE64, 0, 0x0e);
    r = kernel_at(load_rdi);
    r.rdi = 0x7f0000000000;
    run(r);
    check_event("df.pf_np", DF, 0);
    check("df.ist", event.frame == top - 40, "frame=0x%x wanted=0x%x", event.frame, top - 40);
    default_gate(PF);
    /* A contributory fault after a benign one is delivered as itself. */
    set_gate(DE, stub_of(DE), CODE64, 0, 0x0e);
    set_gate(NP, stub_of(NP), CODE64, 0, 0x0e);
    run(kernel_at(divide));
    check_event("df.de_np_np", DF, 0);
    default_gate(NP);
    run(kernel_at(divide));
    check("df.de_np", event.vector == DF || event.vector == NP, "vector=%u", event.vector);
    check_event("np.after_de_is_double", DF, 0);
    default_gate(DE);
    default_gate(DF);
}

static void flag_checks(void) {
    struct regs r = kernel_at(done);
    r.rflags |= FLAG_NT | FLAG_DF | FLAG_CF | FLAG_AC;
    run(r);
    uint64_t wanted = 2 | FLAG_NT | FLAG_DF | FLAG_CF | FLAG_AC;
    check("flags.pushed", event.regs.rflags == wanted, "rflags=0x%x wanted=0x%x", event.regs.rflags, wanted);
    uint64_t stack[8] = {FLAG_IF | FLAG_IOPL | FLAG_CF};
    r = user_at(popf_code);
    r.rsp = (uint64_t)stack;
    run(r);
    check("flags.popf_user", event.regs.rax == (2 | FLAG_CF), "rflags=0x%x", event.regs.rax);
    r = kernel_at(pushf_code);
    r.rflags |= FLAG_RF;
    run(r);
    check("flags.pushf_rf", !(event.regs.rax & FLAG_RF), "rflags=0x%x", event.regs.rax);
    r = kernel_at(divide);
    r.rflags |= FLAG_CF;
    run(r);
    check("flags.rf_on_fault", (event.regs.rflags & FLAG_RF) != 0, "rflags=0x%x", event.regs.rflags);
    run(kernel_at(int3_code));
    check("flags.rf_on_trap", !(event.regs.rflags & FLAG_RF), "rflags=0x%x", event.regs.rflags);
    /* IRET with NT set is refused in long mode. */
    static uint64_t kernel_area[64];
    uint64_t *back = kernel_area + 40; /* a fault pushes its frame below */
    back[0] = (uint64_t)done;
    back[1] = CODE64;
    back[2] = 2;
    back[3] = (uint64_t)(kernel_area + 60);
    back[4] = DATA;
    r = kernel_at(iret64);
    r.rflags |= FLAG_NT;
    r.rsp = (uint64_t)back;
    run(r);
    check_event_at("gp.iret_nt", GP, 0, iret64_at);
}

static void shadow_checks(void) {
    apic_setup();
    /* An interrupt from the processor to itself, pending while IF is clear. */
    apic_write(APIC_ICR_LOW, 0x40000 | 0x50);
    struct regs r = kernel_at(sti_shadow);
    run(r);
    check_event_at("sti.shadow", 0x50, 0, sti_shadow_second);
    apic_write(APIC_EOI, 0);
    r = kernel_at(ss_shadow);
    r.rax = DATA;
    r.rflags |= FLAG_TF;
    run(r);
    check_event_at("movss.shadow", DB, 0, ss_shadow_after);
    write_cr8(8);
    apic_write(APIC_ICR_LOW, 0x40000 | 0x50);
    r = kernel_at(done);
    r.rip = (uint64_t)sti_shadow;
    run(r);
    check_event("cr8.masks", DONE, 0);
    write_cr8(0);
    run(r);
    check_event("cr8.releases", 0x50, 0);
    apic_write(APIC_EOI, 0);
}

static void fpu_checks(void) {
    uint64_t cr0 = read_cr0(), cr4 = read_cr4();
    write_cr0((cr0 & ~6ull) | 8 | 2); /* TS, MP */
    run(kernel_at(fpu_code));
    check_event_at("nm.ts", NM, 0, fpu_code);
    run(kernel_at(wait_code));
    check_event_at("nm.wait", NM, 0, wait_code);
    __asm__ volatile("clts");
    run(kernel_at(fpu_code));
    check_event("nm.clts", DONE, 0);
    write_cr0((read_cr0() & ~2ull) | 4); /* EM */
    run(kernel_at(fpu_code));
    check_event_at("nm.em", NM, 0, fpu_code);
    write_cr4(cr4 | 0x600);
    run(kernel_at(sse_code));
    check_event_at("ud.sse_em", UD, 0, sse_code);
    write_cr0((cr0 & ~4ull) | 2);
    write_cr4(cr4 & ~0x600ull);
    run(kernel_at(sse_code));
    check_event_at("ud.sse_osfxsr", UD, 0, sse_code);
    write_cr4(cr4 | 0x600);
    run(kernel_at(sse_code));
    check_event("sse.enabled", DONE, 0);
    write_cr0(cr0);
    write_cr4(cr4);
}

static void alignment_checks(void) {
    uint64_t cr0 = read_cr0(), data[4] = {0};
    write_cr0(cr0 | 1 << 18);
    struct regs r = user_at(unaligned);
    r.rdi = (uint64_t)data;
    r.rflags |= FLAG_AC;
    run(r);
    check_event_at("ac.user", AC, 0, unaligned);
    r.rflags = 2;
    run(r);
    check_event("ac.flag_off", DONE, 0);
    r = kernel_at(unaligned);
    r.rdi = (uint64_t)data;
    r.rflags |= FLAG_AC;
    run(r);
    check_event("ac.kernel", DONE, 0);
    write_cr0(cr0);
}

void exception_checks(void) {
    simple_checks();
    privilege_checks();
    gate_checks();
    flag_checks();
    shadow_checks();
    fpu_checks();
    alignment_checks();
}
