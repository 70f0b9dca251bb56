package org.interposer.engine.kvm;

import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.CpuState.Activity;
import org.interposer.api.engine.CpuState.Control;
import org.interposer.api.engine.EngineException;
import org.interposer.api.engine.VcpuRequests;
import org.interposer.api.irq.LocalApic;

/**
 * A local APIC in user space: its vectors are injected when KVM is ready for them, its page and
 * MSRs are served here, and HLT waits here.
 */
final class UserFeed implements InterruptFeed {
    private static final int PAGE_MASK = 0xfff;
    private static final int X2APIC_FIRST = 0x800;
    private static final int X2APIC_LAST = 0x8ff;

    /** IA32_APIC_BASE bit 10: x2APIC mode, which KVM refuses without its own local APIC. */
    private static final long APIC_BASE_EXTD = 1 << 10;

    private static final long VECTOR_SHIFT = 12;

    private final KvmVcpu vcpu;
    private final LocalApic apic;
    private final InitState init;
    private final Struct interrupt = new Struct(4);
    private volatile Activity activity;

    /** For one vCPU; all but the first wait for their start-up message. */
    UserFeed(KvmVcpu vcpu, LocalApic apic, InitState init) {
        this.vcpu = vcpu;
        this.apic = apic;
        this.init = init;
        activity = vcpu.index() == 0 ? Activity.RUNNING : Activity.WAIT_FOR_SIPI;
    }

    /** Tells KVM that there is a local APIC, which CPUID depends on. */
    void showApicBase() throws EngineException {
        Struct sregs = new Struct(VcpuLayout.SREGS_SIZE);
        vcpu.fd().call("KVM_GET_SREGS", Kvm.KVM_GET_SREGS, sregs);
        sregs.put64(VcpuLayout.SREGS_APIC_BASE, apic.apicBase() & ~APIC_BASE_EXTD);
        vcpu.fd().call("KVM_SET_SREGS", Kvm.KVM_SET_SREGS, sregs);
    }

    @Override
    public void beforeRun() {
        RunPage page = vcpu.page();
        boolean pending = apic.hasInterrupt();
        if (pending && page.readyForInterrupt()) {
            int vector = apic.acknowledge();
            if (vector != LocalApic.NONE) {
                interrupt.put32(0, vector);
                vcpu.fd().tryCall(Kvm.KVM_INTERRUPT, interrupt);
            }
            pending = apic.hasInterrupt();
        }
        page.requestInterruptWindow(pending);
        showPriority();
    }

    @Override
    public void afterRun() {
        int now = vcpu.page().cr8();
        if (now != apic.cr8()) {
            apic.setCr8(now);
        }
    }

    @Override
    public boolean decodes(long address) {
        return apic.decodes(address);
    }

    @Override
    public long readMmio(long address) {
        return apic.readMmio((int) address & PAGE_MASK) & 0xffff_ffffL;
    }

    @Override
    public void writeMmio(long address, long value) {
        apic.writeMmio((int) address & PAGE_MASK, (int) value);
        showPriority();
    }

    @Override
    public boolean readMsr(int index, RunPage page) {
        if (index == MsrCodec.IA32_APIC_BASE) {
            page.msrData(apic.apicBase());
        } else if (index == MsrCodec.IA32_TSC_DEADLINE) {
            page.msrData(apic.tscDeadline());
        } else if (isX2apic(index) && apic.canReadMsr(index)) {
            page.msrData(apic.readMsr(index));
        } else {
            return false;
        }
        return true;
    }

    @Override
    public boolean writeMsr(int index, long value) {
        if (index == MsrCodec.IA32_APIC_BASE) {
            return apic.setApicBase(value);
        }
        if (index == MsrCodec.IA32_TSC_DEADLINE) {
            apic.setTscDeadline(value);
            return true;
        }
        boolean taken = isX2apic(index) && apic.writeMsr(index, value);
        showPriority();
        return taken;
    }

    /** KVM takes CR8 from the run area also when it only completes this write. */
    private void showPriority() {
        vcpu.page().cr8(apic.cr8());
    }

    private static boolean isX2apic(int index) {
        return index >= X2APIC_FIRST && index <= X2APIC_LAST;
    }

    @Override
    public boolean halted() {
        activity = Activity.HALTED;
        return vcpu.page().interruptsEnabled();
    }

    @Override
    public boolean runnable() {
        if (activity == Activity.RUNNING) {
            return true;
        }
        if (activity == Activity.HALTED && vcpu.page().interruptsEnabled() && apic.hasInterrupt()) {
            activity = Activity.RUNNING;
            return true;
        }
        return false;
    }

    @Override
    public void serve(int requests) {
        if ((requests & VcpuRequests.INIT) != 0) {
            apic.init();
            init.apply(vcpu);
            activity = vcpu.index() == 0 ? Activity.RUNNING : Activity.WAIT_FOR_SIPI;
        }
        if ((requests & VcpuRequests.STARTUP) != 0 && waitsForSipi()) {
            init.start(vcpu, (long) VcpuRequests.vector(requests) << VECTOR_SHIFT);
            activity = Activity.RUNNING;
        }
        for (int n = VcpuRequests.nmis(requests); n > 0 && !waitsForSipi(); n--) {
            vcpu.fd().tryCall(Kvm.KVM_NMI, 0);
            activity = Activity.RUNNING;
        }
    }

    private boolean waitsForSipi() {
        return activity == Activity.WAIT_FOR_SIPI;
    }

    @Override
    public Activity activity() {
        return activity;
    }

    @Override
    public Control control(Control k) {
        return new Control(
                k.cr0(),
                k.cr2(),
                k.cr3(),
                k.cr4(),
                apic.cr8(),
                k.efer(),
                apic.apicBase(),
                k.xcr0());
    }

    @Override
    public Control kernelControl(Control c) {
        return new Control(
                c.cr0(),
                c.cr2(),
                c.cr3(),
                c.cr4(),
                c.cr8(),
                c.efer(),
                c.apicBase() & ~APIC_BASE_EXTD,
                c.xcr0());
    }

    @Override
    public void restored(CpuState state) {
        activity = state.activity();
        apic.setCr8((int) state.control().cr8());
    }
}
