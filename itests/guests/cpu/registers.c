/* Control registers and MSRs: what they keep, and which writes are refused. */
#include "cpu.h"

static void refused(const char *name, const uint8_t *code, uint64_t value) {
    struct regs r = kernel_at(code);
    r.rax = value;
    enter(&r);
    check_event_at(name, GP, 0, code);
}

static void msr(const char *name, uint32_t number, uint64_t value, uint64_t vector) {
    struct regs r = kernel_at(wrmsr_code);
    r.rcx = number;
    r.rax = (uint32_t)value;
    r.rdx = value >> 32;
    enter(&r);
    if (vector == DONE) {
        bool kept = event.vector == DONE && rdmsr(number) == value;
        check(name, kept, "vector=%u reads=0x%x", event.vector, event.vector == DONE ? rdmsr(number) : 0);
    } else {
        check_event_at(name, vector, 0, wrmsr_code);
    }
}

/* A group of its own: a processor that lets one of these writes pass does not come back. */
void control_checks(void) {
    uint64_t cr0 = read_cr0(), cr4 = read_cr4();
    refused("cr0.pg_without_pe", write_cr0_code, (cr0 & ~1ull) | 1u << 31);
    refused("cr0.nw_without_cd", write_cr0_code, (cr0 & ~(1ull << 30)) | 1 << 29);
    refused("cr0.high", write_cr0_code, cr0 | 1ull << 32);
    refused("cr4.pae_off", write_cr4_code, cr4 & ~0x20ull);
    refused("cr4.reserved", write_cr4_code, cr4 | 1ull << 40);
    refused("cr3.reserved", write_cr3_code, read_cr3() | 1ull << 62);
    refused("cr8.reserved", write_cr8_code, 16);
}

void register_checks(void) {
    uint64_t efer = rdmsr(0xc0000080), cr4 = read_cr4();
    msr("efer.clear_lme", 0xc0000080, efer & ~0x100ull, GP);
    msr("efer.reserved", 0xc0000080, efer | 1ull << 40, GP);
    msr("efer.nx", 0xc0000080, efer | 0x800, DONE);
    msr("efer.back", 0xc0000080, efer, DONE);
    msr("msr.fs_noncanonical", 0xc0000100, 0x900000000000, GP);
    msr("msr.fs", 0xc0000100, 0xffff900000001234, DONE);
    msr("msr.fs_zero", 0xc0000100, 0, DONE);
    msr("msr.lstar_noncanonical", 0xc0000082, 1ull << 63, GP);
    msr("msr.lstar", 0xc0000082, 0xffffffff81000000, DONE);
    msr("msr.pat", 0x277, 0x0007010600070106, DONE);
    msr("msr.pat_reserved", 0x277, 0x0007010600070102, GP);
    msr("msr.pat_back", 0x277, 0x0007040600070406, DONE);
    msr("msr.sysenter_eip", 0x176, 0xffffffff81234567, DONE);
    msr("msr.unknown", 0x12345678, 1, GP);
    struct regs r = kernel_at(rdmsr_code);
    r.rcx = 0x12345678;
    enter(&r);
    check_event_at("msr.unknown_read", GP, 0, rdmsr_code);
    uint64_t before = rdmsr(0x10);
    uint64_t now = rdtsc();
    check("msr.tsc", now >= before && now - before < 1ull << 40, "msr=%u rdtsc=%u", before, now);
    r = user_at(rdtsc_code);
    enter(&r);
    check_event("tsd.off", DONE, 0);
    write_cr4(cr4 | 4);
    enter(&r);
    check_event_at("tsd.on", GP, 0, rdtsc_code);
    r.cs = CODE64;
    r.ss = DATA;
    enter(&r);
    check_event("tsd.kernel", DONE, 0);
    write_cr4(cr4);
    write_cr2(0x123456789abcdef0);
    check("cr2.keeps", read_cr2() == 0x123456789abcdef0, "cr2=0x%x", read_cr2());
    uint8_t pointer[10];
    r = user_at(sidt_code);
    r.rdi = (uint64_t)pointer;
    enter(&r);
    check_event("umip.off", DONE, 0);
    if (has_cpuid(7, 2, 2)) {
        write_cr4(cr4 | 1 << 11);
        enter(&r);
        check_event_at("umip.on", GP, 0, sidt_code);
        write_cr4(cr4);
    } else {
        skipped("umip", "not-in-cpuid");
    }
}
