package org.interposer.api.irq;

/** Where the interrupt controllers of a machine are. */
public enum IrqchipMode {
    /** PIC, IOAPIC and local APICs in the kernel (engine kvm only). */
    KERNEL,
    /** Local APICs in the kernel, PIC and IOAPIC in user space (engine kvm only). */
    SPLIT,
    /** All in user space; works with every engine. */
    USER
}
