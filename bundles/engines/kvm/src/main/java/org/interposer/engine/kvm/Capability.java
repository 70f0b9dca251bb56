package org.interposer.engine.kvm;

/** What a KVM may be able to do, with its number in {@code linux/kvm.h}. */
enum Capability {
    IRQCHIP(0, false, "controllers in the kernel"),
    USER_MEMORY(3, true, "memory slots"),
    SET_TSS_ADDR(4, false, "place for Intel's task state"),
    EXT_CPUID(7, true, "CPUID table"),
    NR_VCPUS(9, false, "recommended number of vCPUs"),
    NR_MEMSLOTS(10, true, "number of memory slots"),
    MP_STATE(14, false, "activity of a vCPU"),
    IRQ_ROUTING(25, false, "interrupt routes"),
    IRQFD(32, false, "interrupts by eventfd"),
    IOEVENTFD(36, false, "doorbells by eventfd"),
    SET_IDENTITY_MAP_ADDR(37, false, "place for Intel's identity map"),
    ADJUST_CLOCK(39, false, "clock of the VM"),
    VCPU_EVENTS(41, true, "pending events"),
    DEBUGREGS(50, true, "debug registers"),
    XSAVE(55, true, "extended processor state"),
    XCRS(56, true, "extended control registers"),
    TSC_CONTROL(60, false, "settable TSC frequency"),
    GET_TSC_KHZ(61, false, "TSC frequency"),
    MAX_VCPUS(66, false, "largest number of vCPUs"),
    TSC_DEADLINE_TIMER(72, false, "TSC-deadline timer in the kernel"),
    KVMCLOCK_CTRL(76, false, "telling the guest's clock about a pause"),
    SIGNAL_MSI(77, false, "messages without a route"),
    READONLY_MEM(81, false, "read-only memory slots"),
    SPLIT_IRQCHIP(121, false, "local APICs in the kernel, the rest outside"),
    IOEVENTFD_ANY_LENGTH(122, false, "doorbells for any access size"),
    IMMEDIATE_EXIT(136, true, "kicks without a lost wake-up"),
    EXCEPTION_PAYLOAD(164, false, "payload of a pending exception"),
    X86_USER_SPACE_MSR(188, false, "MSRs handled outside the kernel"),
    X86_MSR_FILTER(189, false, "choice of those MSRs"),
    XSAVE2(208, false, "size of the extended state");

    /** Number for KVM_CHECK_EXTENSION. */
    final int number;

    /** Nothing works without it. */
    final boolean required;

    /** What it is for, for people. */
    final String purpose;

    Capability(int number, boolean required, String purpose) {
        this.number = number;
        this.required = required;
        this.purpose = purpose;
    }
}
