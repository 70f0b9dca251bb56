package org.interposer.engine.kvm;

import org.interposer.api.engine.EngineException;
import org.interposer.api.irq.IrqchipMode;

/** What a VM is told before it gets vCPUs. */
final class VmSetup {
    /** Three pages in the PCI hole that Intel processors need for real mode. */
    private static final long TSS_ADDRESS = 0xFFFB_D000L;

    /** One page in the PCI hole that Intel processors need before paging. */
    private static final long IDENTITY_MAP_ADDRESS = 0xFFFB_C000L;

    // struct kvm_enable_cap
    private static final int CAP = 0;
    private static final int CAP_ARGUMENT = 8;
    private static final int CAP_SIZE = 104;
    // struct kvm_msr_filter, struct kvm_msr_filter_range
    private static final int FILTER_RANGES = 8;
    private static final int RANGE_FLAGS = 0;
    private static final int RANGE_NMSRS = 4;
    private static final int RANGE_BASE = 8;
    private static final int RANGE_BITMAP = 16;
    private static final int RANGE_SIZE = 24;
    private static final int FILTER_SIZE = 392;

    private VmSetup() {}

    /** Sets up a new VM for a mode. */
    static void prepare(Fd vm, KvmSystem system, IrqchipMode mode) throws EngineException {
        if (system.has(Capability.SET_IDENTITY_MAP_ADDR)) {
            Struct address = new Struct(8).put64(0, IDENTITY_MAP_ADDRESS);
            vm.call("KVM_SET_IDENTITY_MAP_ADDR", Kvm.KVM_SET_IDENTITY_MAP_ADDR, address);
        }
        if (system.has(Capability.SET_TSS_ADDR)) {
            vm.call("KVM_SET_TSS_ADDR", Kvm.KVM_SET_TSS_ADDR, TSS_ADDRESS);
        }
        switch (mode) {
            case KERNEL -> vm.call("KVM_CREATE_IRQCHIP", Kvm.KVM_CREATE_IRQCHIP, 0);
            case SPLIT -> enable(vm, Kvm.KVM_CAP_SPLIT_IRQCHIP, KvmRouting.PINS);
            case USER -> takeApicMsrs(vm, system);
        }
    }

    private static void enable(Fd vm, int capability, long argument) throws EngineException {
        Struct request = new Struct(CAP_SIZE);
        request.put32(CAP, capability).put64(CAP_ARGUMENT, argument);
        vm.call("KVM_ENABLE_CAP " + capability, Kvm.KVM_ENABLE_CAP, request);
    }

    /** Lets the MSRs of a local APIC in user space exit, where this KVM can. */
    private static void takeApicMsrs(Fd vm, KvmSystem system) throws EngineException {
        if (!system.has(Capability.X86_USER_SPACE_MSR) || !system.has(Capability.X86_MSR_FILTER)) {
            return;
        }
        long reasons =
                Kvm.KVM_MSR_EXIT_REASON_INVAL
                        | Kvm.KVM_MSR_EXIT_REASON_UNKNOWN
                        | Kvm.KVM_MSR_EXIT_REASON_FILTER;
        enable(vm, Kvm.KVM_CAP_X86_USER_SPACE_MSR, reasons);
        Struct denied = new Struct(8);
        Struct filter = new Struct(FILTER_SIZE);
        range(filter, 0, MsrCodec.IA32_APIC_BASE, denied);
        range(filter, 1, MsrCodec.IA32_TSC_DEADLINE, denied);
        vm.call("KVM_X86_SET_MSR_FILTER", Kvm.KVM_X86_SET_MSR_FILTER, filter);
        denied.keep();
    }

    private static void range(Struct filter, int index, int msr, Struct bitmap) {
        int at = FILTER_RANGES + index * RANGE_SIZE;
        filter.put32(at + RANGE_FLAGS, Kvm.KVM_MSR_FILTER_READ | Kvm.KVM_MSR_FILTER_WRITE);
        filter.put32(at + RANGE_NMSRS, 1).put32(at + RANGE_BASE, msr);
        // SAFETY: one bit, clear, in eight bytes that are kept until the call is over.
        filter.put64(at + RANGE_BITMAP, bitmap.address());
    }
}
