/* Ways between privilege levels: IRET, far returns, call gates, SYSCALL and SYSENTER (SDM vol 3 §5.8). */
#include "cpu.h"

enum { STAR = 0xc0000081, LSTAR = 0xc0000082, CSTAR = 0xc0000083, FMASK = 0xc0000084, EFER = 0xc0000080 };
enum { SYSENTER_CS = 0x174, SYSENTER_ESP = 0x175, SYSENTER_EIP = 0x176, GS_BASE = 0xc0000101, KERNEL_GS_BASE = 0xc0000102 };

static uint64_t user_stack[64] __attribute__((aligned(16)));
static uint64_t kernel_stack[64] __attribute__((aligned(16)));
extern const uint8_t enter_iret[];

static void iret_checks(void) {
    struct regs r = kernel_at(done);
    r.cs = USER_CODE64;
    r.ss = DATA;
    enter(&r);
    check_event_at("iret.ss_dpl", GP, DATA, enter_iret);
    r.cs = CODE64 | 3;
    r.ss = USER_DATA;
    enter(&r);
    check_event_at("iret.cs_dpl", GP, CODE64, enter_iret);
    r.cs = 0;
    enter(&r);
    check_event_at("iret.null", GP, 0, enter_iret);
    r = user_at((void *)0x900000000000);
    enter(&r);
    check("iret.noncanonical", event.vector == GP && event.error == 0, "vector=%u rip=0x%x cs=0x%x", event.vector, event.regs.rip, event.regs.cs);
    r = user_at(done);
    r.rflags = 2 | FLAG_IOPL | FLAG_NT | FLAG_CF;
    enter(&r);
    check("iret.flags", event.vector == DONE && event.regs.rflags == r.rflags, "rflags=0x%x", event.regs.rflags);
    /* From CPL 3 an IRET changes neither IOPL nor IF. */
    uint64_t frame[5] = {(uint64_t)done, USER_CODE64, 2 | FLAG_IOPL | FLAG_IF | FLAG_CF, (uint64_t)(user_stack + 32), USER_DATA};
    r = user_at(iret64);
    r.rsp = (uint64_t)frame;
    enter(&r);
    check("iret.user", event.vector == DONE && event.regs.rflags == (2 | FLAG_CF) && event.regs.rsp == (uint64_t)(user_stack + 32), "vector=%u rflags=0x%x rsp=0x%x", event.vector,
          event.regs.rflags, event.regs.rsp);
    frame[1] = CODE64;
    enter(&r);
    check_event_at("iret.to_inner", GP, CODE64, iret64_at);
    frame[1] = USER_CODE32;
    enter(&r);
    check("iret.to_compatibility", event.vector == DONE && event.regs.cs == USER_CODE32, "vector=%u cs=0x%x", event.vector, event.regs.cs);
    uint32_t frame32[5] = {(uint32_t)(uint64_t)done, USER_CODE64, 2, 0, 0};
    r = compatible_at(code32_iret, USER_CODE32, USER_DATA);
    r.rsp = (uint64_t)frame32;
    enter(&r);
    check("iret.32_bit", event.vector == DONE && event.regs.cs == USER_CODE64 && event.regs.rsp == (uint64_t)(frame32 + 3), "vector=%u error=0x%x cs=0x%x rsp=0x%x", event.vector,
          event.error, event.regs.cs, event.regs.rsp);
}

static void far_checks(void) {
    uint64_t *frame = kernel_stack + 40;
    frame[0] = (uint64_t)done;
    frame[1] = USER_CODE64;
    frame[2] = (uint64_t)(user_stack + 32);
    frame[3] = USER_DATA;
    struct regs r = kernel_at(lret64);
    r.rsp = (uint64_t)frame;
    enter(&r);
    check("lret.to_user", event.vector == DONE && event.regs.cs == USER_CODE64 && event.regs.rsp == (uint64_t)(user_stack + 32), "vector=%u error=0x%x cs=0x%x", event.vector,
          event.error, event.regs.cs);
    r = user_at(lret64);
    frame[1] = CODE64;
    r.rsp = (uint64_t)frame;
    enter(&r);
    check_event_at("lret.to_inner", GP, CODE64, lret64);
    struct {
        uint32_t offset;
        uint16_t selector;
    } __attribute__((packed)) target = {(uint32_t)(uint64_t)done, USER_CODE64};
    r = user_at(ljmp64);
    r.rdi = (uint64_t)&target;
    enter(&r);
    check("ljmp.same_level", event.vector == DONE && event.regs.cs == USER_CODE64, "vector=%u cs=0x%x", event.vector, event.regs.cs);
    target.selector = CODE64;
    enter(&r);
    check_event_at("ljmp.to_inner", GP, CODE64, ljmp64);
    target.selector = DATA;
    enter(&r);
    check_event_at("ljmp.data", GP, DATA, ljmp64);
    target.selector = CONFORMING;
    enter(&r);
    check("ljmp.conforming", event.vector == DONE && event.regs.cs == (CONFORMING | 3), "vector=%u cs=0x%x", event.vector, event.regs.cs);
    target.selector = TSS;
    enter(&r);
    check("ljmp.tss_refused", event.vector == GP && event.error == TSS, "vector=%u error=0x%x", event.vector, event.error);
    /* A call gate to CPL 0 for CPL 3: the stack comes from the TSS, and SS becomes null. */
    uint64_t to = (uint64_t)done;
    descriptors[GATE / 8] = (to & 0xffff) | (uint64_t)CODE64 << 16 | 0xecull << 40 | (to >> 16 & 0xffff) << 48;
    descriptors[GATE / 8 + 1] = to >> 32;
    uint64_t rsp0;
    memcpy(&rsp0, tss_area + 4, 8);
    r = user_at(lcall64);
    r.rdi = (uint64_t)&target;
    target.selector = GATE;
    target.offset = 0x12345678;
    enter(&r);
    const uint64_t *pushed = (const uint64_t *)(rsp0 - 32);
    check("gate.call", event.vector == DONE && event.regs.cs == CODE64 && event.regs.rsp == rsp0 - 32 && event.regs.ss == 0, "vector=%u error=0x%x cs=0x%x rsp=0x%x ss=0x%x",
          event.vector, event.error, event.regs.cs, event.regs.rsp, event.regs.ss);
    /* The interrupt that ended it has pushed below. */
    check("gate.call_frame", pushed[0] == (uint64_t)lcall64_after && pushed[1] == USER_CODE64 && pushed[2] == r.rsp && pushed[3] == USER_DATA, "rip=0x%x cs=0x%x rsp=0x%x ss=0x%x",
          pushed[0], pushed[1], pushed[2], pushed[3]);
    descriptors[GATE / 8] &= ~(0x60ull << 40);
    enter(&r);
    check_event_at("gate.call_dpl", GP, GATE, lcall64);
    descriptors[GATE / 8] |= 0x60ull << 40;
    descriptors[GATE / 8] &= ~(0x80ull << 40);
    enter(&r);
    check_event_at("gate.call_np", NP, GATE, lcall64);
}

/* AMD's processors have SYSENTER in legacy mode only. */
static void sysenter_checks(void) {
    uint32_t vendor[4];
    cpuid(0, 0, vendor);
    struct regs r;
    if (vendor[1] == 0x68747541) {
        r = user_at(sysenter_code);
        enter(&r);
        check_event_at("sysenter.amd", UD, 0, sysenter_code);
        r = kernel_at(sysexit64);
        enter(&r);
        check_event_at("sysexit.amd", UD, 0, sysexit64);
        return;
    }
    wrmsr(SYSENTER_CS, 0);
    r = user_at(sysenter_code);
    enter(&r);
    check_event_at("sysenter.disabled", GP, 0, sysenter_code);
    wrmsr(SYSENTER_CS, CODE64);
    wrmsr(SYSENTER_ESP, (uint64_t)(kernel_stack + 60));
    wrmsr(SYSENTER_EIP, (uint64_t)done);
    r.rflags = 2 | FLAG_CF;
    enter(&r);
    check("sysenter.enters", event.vector == DONE && event.regs.cs == CODE64 && event.regs.ss == DATA && event.regs.rsp == (uint64_t)(kernel_stack + 60) && (event.regs.rflags & FLAG_CF),
          "vector=%u error=0x%x cs=0x%x rsp=0x%x", event.vector, event.error, event.regs.cs, event.regs.rsp);
    r = kernel_at(sysexit64);
    r.rdx = (uint64_t)done;
    r.rcx = (uint64_t)(user_stack + 40);
    enter(&r);
    check("sysexit.64", event.vector == DONE && event.regs.cs == ((CODE64 + 32) | 3) && event.regs.ss == ((CODE64 + 40) | 3) && event.regs.rsp == (uint64_t)(user_stack + 40),
          "vector=%u error=0x%x cs=0x%x ss=0x%x", event.vector, event.error, event.regs.cs, event.regs.ss);
    wrmsr(SYSENTER_CS, 0);
}

static void syscall_checks(void) {
    uint64_t efer = rdmsr(EFER);
    wrmsr(EFER, efer & ~1ull);
    struct regs r = user_at(syscall_code);
    enter(&r);
    check_event_at("syscall.disabled", UD, 0, syscall_code);
    wrmsr(EFER, efer | 1);
    wrmsr(STAR, (uint64_t)CODE64 << 32 | 0x13ull << 48);
    wrmsr(LSTAR, (uint64_t)syscall_target);
    wrmsr(FMASK, FLAG_DF | FLAG_TF);
    r.rflags = 2 | FLAG_DF | FLAG_CF | FLAG_IOPL;
    enter(&r);
    check("syscall.enters", event.vector == DONE && event.regs.cs == CODE64 && event.regs.ss == DATA && event.regs.rcx == (uint64_t)syscall_after, "vector=%u cs=0x%x ss=0x%x rcx=0x%x",
          event.vector, event.regs.cs, event.regs.ss, event.regs.rcx);
    check("syscall.flags", event.regs.r11 == r.rflags && event.regs.rax == (r.rflags & ~(uint64_t)FLAG_DF), "r11=0x%x rflags=0x%x", event.regs.r11, event.regs.rax);
    check("syscall.keeps_stack", event.regs.rsp == r.rsp, "rsp=0x%x", event.regs.rsp);
    r = kernel_at(sysret64);
    r.rcx = (uint64_t)done;
    r.r11 = FLAG_CF | FLAG_RF | FLAG_IOPL;
    enter(&r);
    check("sysret.64", event.vector == DONE && event.regs.cs == USER_CODE64 && event.regs.ss == USER_DATA && event.regs.rflags == (2 | FLAG_CF | FLAG_IOPL), "vector=%u cs=0x%x ss=0x%x rflags=0x%x",
          event.vector, event.regs.cs, event.regs.ss, event.regs.rflags);
    wrmsr(STAR, (uint64_t)CODE64 << 32 | (uint64_t)USER_CODE32 << 48);
    r.rip = (uint64_t)sysret32;
    r.rcx = (uint64_t)code32_add;
    r.rax = 20;
    r.rbx = 22;
    enter(&r);
    check("sysret.32", event.vector == DONE && event.regs.cs == USER_CODE32 && event.regs.rax == 42, "vector=%u cs=0x%x rax=%u", event.vector, event.regs.cs, event.regs.rax);
    wrmsr(EFER, efer);
    sysenter_checks();
    wrmsr(GS_BASE, 0x1111);
    wrmsr(KERNEL_GS_BASE, 0x2222);
    r = kernel_at(swapgs_code);
    enter(&r);
    check("swapgs", rdmsr(GS_BASE) == 0x2222 && rdmsr(KERNEL_GS_BASE) == 0x1111, "gs=0x%x kernel_gs=0x%x", rdmsr(GS_BASE), rdmsr(KERNEL_GS_BASE));
    wrmsr(GS_BASE, 0);
}

void call_checks(void) {
    iret_checks();
    far_checks();
    syscall_checks();
}
