package org.interposer.engine.kvm;

import org.interposer.api.irq.Irqchip;

/**
 * Local APICs in the kernel, PIC and IOAPIC outside: passes end-of-interrupts to the IOAPIC and, on
 * vCPU 0, the PIC's interrupts to KVM.
 */
final class SplitFeed implements InterruptFeed {
    private final KvmVcpu vcpu;
    private final Irqchip irqchip;
    private final Struct interrupt = new Struct(4);

    /** For one vCPU. */
    SplitFeed(KvmVcpu vcpu, Irqchip irqchip) {
        this.vcpu = vcpu;
        this.irqchip = irqchip;
    }

    @Override
    public void beforeRun() {
        if (vcpu.index() != 0) {
            return;
        }
        boolean pending = irqchip.picInterruptPending();
        if (pending && vcpu.page().readyForInterrupt()) {
            interrupt.put32(0, irqchip.picAcknowledge());
            vcpu.fd().tryCall(Kvm.KVM_INTERRUPT, interrupt);
            pending = irqchip.picInterruptPending();
        }
        vcpu.page().requestInterruptWindow(pending);
    }

    @Override
    public void endOfInterrupt(int vector) {
        irqchip.endOfInterrupt(vector);
    }
}
