package org.interposer.engine.kvm;

/** Numbers of the KVM interface, under their names in {@code linux/kvm.h} and {@code asm/kvm.h}. */
final class Kvm {
    static final int API_VERSION = 12;

    // System ioctls.
    static final long KVM_GET_API_VERSION = 0xAE00L;
    static final long KVM_CREATE_VM = 0xAE01L;
    static final long KVM_GET_MSR_INDEX_LIST = 0xC004AE02L;
    static final long KVM_CHECK_EXTENSION = 0xAE03L;
    static final long KVM_GET_VCPU_MMAP_SIZE = 0xAE04L;
    static final long KVM_GET_SUPPORTED_CPUID = 0xC008AE05L;

    // VM ioctls.
    static final long KVM_CREATE_VCPU = 0xAE41L;
    static final long KVM_GET_DIRTY_LOG = 0x4010AE42L;
    static final long KVM_SET_USER_MEMORY_REGION = 0x4020AE46L;
    static final long KVM_SET_TSS_ADDR = 0xAE47L;
    static final long KVM_SET_IDENTITY_MAP_ADDR = 0x4008AE48L;
    static final long KVM_CREATE_IRQCHIP = 0xAE60L;
    static final long KVM_IRQ_LINE = 0x4008AE61L;
    static final long KVM_GET_IRQCHIP = 0xC208AE62L;
    static final long KVM_SET_IRQCHIP = 0x8208AE63L;
    static final long KVM_SET_GSI_ROUTING = 0x4008AE6AL;
    static final long KVM_IRQFD = 0x4020AE76L;
    static final long KVM_IOEVENTFD = 0x4040AE79L;
    static final long KVM_SET_CLOCK = 0x4030AE7BL;
    static final long KVM_GET_CLOCK = 0x8030AE7CL;
    static final long KVM_ENABLE_CAP = 0x4068AEA3L;
    static final long KVM_SIGNAL_MSI = 0x4020AEA5L;
    static final long KVM_X86_SET_MSR_FILTER = 0x4188AEC6L;

    // vCPU ioctls.
    static final long KVM_RUN = 0xAE80L;
    static final long KVM_GET_REGS = 0x8090AE81L;
    static final long KVM_SET_REGS = 0x4090AE82L;
    static final long KVM_GET_SREGS = 0x8138AE83L;
    static final long KVM_SET_SREGS = 0x4138AE84L;
    static final long KVM_INTERRUPT = 0x4004AE86L;
    static final long KVM_GET_MSRS = 0xC008AE88L;
    static final long KVM_SET_MSRS = 0x4008AE89L;
    static final long KVM_GET_FPU = 0x81A0AE8CL;
    static final long KVM_GET_LAPIC = 0x8400AE8EL;
    static final long KVM_SET_LAPIC = 0x4400AE8FL;
    static final long KVM_SET_CPUID2 = 0x4008AE90L;
    static final long KVM_GET_MP_STATE = 0x8004AE98L;
    static final long KVM_SET_MP_STATE = 0x4004AE99L;
    static final long KVM_NMI = 0xAE9AL;
    static final long KVM_SET_GUEST_DEBUG = 0x4048AE9BL;
    static final long KVM_GET_VCPU_EVENTS = 0x8040AE9FL;
    static final long KVM_SET_VCPU_EVENTS = 0x4040AEA0L;
    static final long KVM_GET_DEBUGREGS = 0x8080AEA1L;
    static final long KVM_SET_DEBUGREGS = 0x4080AEA2L;
    static final long KVM_SET_TSC_KHZ = 0xAEA2L;
    static final long KVM_GET_TSC_KHZ = 0xAEA3L;
    static final long KVM_GET_XSAVE = 0x9000AEA4L;
    static final long KVM_SET_XSAVE = 0x5000AEA5L;
    static final long KVM_GET_XCRS = 0x8188AEA6L;
    static final long KVM_SET_XCRS = 0x4188AEA7L;
    static final long KVM_KVMCLOCK_CTRL = 0xAEADL;
    static final long KVM_GET_XSAVE2 = 0x9000AECFL;

    // Exit reasons (struct kvm_run, exit_reason).
    static final int KVM_EXIT_IO = 2;
    static final int KVM_EXIT_DEBUG = 4;
    static final int KVM_EXIT_HLT = 5;
    static final int KVM_EXIT_MMIO = 6;
    static final int KVM_EXIT_IRQ_WINDOW_OPEN = 7;
    static final int KVM_EXIT_SHUTDOWN = 8;
    static final int KVM_EXIT_FAIL_ENTRY = 9;
    static final int KVM_EXIT_INTR = 10;
    static final int KVM_EXIT_SET_TPR = 11;
    static final int KVM_EXIT_INTERNAL_ERROR = 17;
    static final int KVM_EXIT_SYSTEM_EVENT = 24;
    static final int KVM_EXIT_IOAPIC_EOI = 26;
    static final int KVM_EXIT_X86_RDMSR = 29;
    static final int KVM_EXIT_X86_WRMSR = 30;

    static final int KVM_EXIT_IO_IN = 0;
    static final int KVM_INTERNAL_ERROR_EMULATION = 1;
    static final long KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES = 1;
    static final int KVM_SYSTEM_EVENT_RESET = 2;

    // Memory slot flags.
    static final int KVM_MEM_LOG_DIRTY_PAGES = 1;
    static final int KVM_MEM_READONLY = 2;

    // Interrupt routing.
    static final int KVM_IRQ_ROUTING_IRQCHIP = 1;
    static final int KVM_IRQ_ROUTING_MSI = 2;
    static final int KVM_IRQCHIP_PIC_MASTER = 0;
    static final int KVM_IRQCHIP_PIC_SLAVE = 1;
    static final int KVM_IRQCHIP_IOAPIC = 2;
    static final int KVM_IRQFD_FLAG_DEASSIGN = 1;

    // Doorbells.
    static final int KVM_IOEVENTFD_FLAG_DATAMATCH = 1;
    static final int KVM_IOEVENTFD_FLAG_PIO = 2;
    static final int KVM_IOEVENTFD_FLAG_DEASSIGN = 4;

    // MSRs in user space.
    static final int KVM_MSR_EXIT_REASON_INVAL = 1;
    static final int KVM_MSR_EXIT_REASON_UNKNOWN = 2;
    static final int KVM_MSR_EXIT_REASON_FILTER = 4;
    static final int KVM_MSR_FILTER_READ = 1;
    static final int KVM_MSR_FILTER_WRITE = 2;

    // Capabilities with a number of their own in a call.
    static final int KVM_CAP_SPLIT_IRQCHIP = 121;
    static final int KVM_CAP_X86_USER_SPACE_MSR = 188;

    // mp_state.
    static final int KVM_MP_STATE_RUNNABLE = 0;
    static final int KVM_MP_STATE_UNINITIALIZED = 1;
    static final int KVM_MP_STATE_INIT_RECEIVED = 2;
    static final int KVM_MP_STATE_HALTED = 3;
    static final int KVM_MP_STATE_SIPI_RECEIVED = 4;

    private Kvm() {}
}
