package org.interposer.engine.kvm;

import org.interposer.api.engine.EngineException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What INIT and start-up messages do to a vCPU whose local APIC is in user space (SDM vol. 3
 * §10.1.1, §9.4.4). Control registers keep cache bits, MSRs and FPU stay.
 */
final class InitState {
    private static final Logger LOG = LoggerFactory.getLogger(InitState.class);
    private static final long CR0_CACHE = 0x6000_0000L;
    private static final int RDX = 2;
    private static final int SELECTOR_SHIFT = 4;

    private final Struct sregs = new Struct(VcpuLayout.SREGS_SIZE);
    private final Struct regs = new Struct(VcpuLayout.REGS_SIZE);

    /** Remembers the state after power-on of a vCPU that has not run. */
    InitState(Fd vcpu) throws EngineException {
        vcpu.call("KVM_GET_SREGS", Kvm.KVM_GET_SREGS, sregs);
        vcpu.call("KVM_GET_REGS", Kvm.KVM_GET_REGS, regs);
    }

    /** INIT. */
    void apply(KvmVcpu vcpu) {
        Struct now = new Struct(VcpuLayout.SREGS_SIZE);
        check(vcpu, vcpu.fd().tryCall(Kvm.KVM_GET_SREGS, now));
        Struct next = copy(sregs);
        long cache = now.get64(VcpuLayout.SREGS_CR0) & CR0_CACHE;
        long cr0 = sregs.get64(VcpuLayout.SREGS_CR0) & ~CR0_CACHE | cache;
        next.put64(VcpuLayout.SREGS_CR0, cr0);
        next.put64(VcpuLayout.SREGS_APIC_BASE, now.get64(VcpuLayout.SREGS_APIC_BASE));
        check(vcpu, vcpu.fd().tryCall(Kvm.KVM_SET_SREGS, next));
        check(vcpu, vcpu.fd().tryCall(Kvm.KVM_SET_REGS, regs));
        Struct events = new Struct(VcpuLayout.EVENTS_SIZE);
        events.put32(
                VcpuLayout.EVENTS_FLAGS,
                VcpuLayout.EVENTS_VALID_NMI_PENDING | VcpuLayout.EVENTS_VALID_SHADOW);
        check(vcpu, vcpu.fd().tryCall(Kvm.KVM_SET_VCPU_EVENTS, events));
        vcpu.page().forgetInterruptFlags(false);
    }

    /** Start-up: real mode at a page. */
    void start(KvmVcpu vcpu, long address) {
        Struct next = new Struct(VcpuLayout.SREGS_SIZE);
        check(vcpu, vcpu.fd().tryCall(Kvm.KVM_GET_SREGS, next));
        next.put64(VcpuLayout.SREGS_CS + VcpuLayout.SEGMENT_BASE, address);
        next.put16(
                VcpuLayout.SREGS_CS + VcpuLayout.SEGMENT_SELECTOR,
                (int) (address >>> SELECTOR_SHIFT));
        check(vcpu, vcpu.fd().tryCall(Kvm.KVM_SET_SREGS, next));
        long[] gpr = new long[16];
        gpr[RDX] = RegisterCodec.gprs(regs)[RDX];
        Struct start = RegisterCodec.regs(gpr, 0, 2);
        check(vcpu, vcpu.fd().tryCall(Kvm.KVM_SET_REGS, start));
    }

    private static Struct copy(Struct from) {
        return new Struct(from.size()).put(0, from.get(0, from.size()));
    }

    private static void check(KvmVcpu vcpu, int result) {
        if (result < 0) {
            LOG.error("vCPU {}: INIT failed: {}", vcpu.index(), Libc.describe(Libc.errno()));
        }
    }
}
