package org.interposer.engine.kvm;

import java.util.Arrays;
import java.util.List;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.CpuState.Activity;
import org.interposer.api.engine.CpuState.Control;
import org.interposer.api.engine.EngineException;
import org.interposer.api.state.StateRecord;

/** Reads and writes all state of a stopped vCPU. */
final class VcpuCodec {
    /** Type of the record of a local APIC, the same as in user space. */
    static final String LAPIC_TYPE = "irq.lapic";

    /** Its field: the register page in xAPIC layout, 1024 bytes. */
    static final String LAPIC_REGS = "regs";

    /** Its field: IA32_APIC_BASE. */
    static final String LAPIC_BASE = "apicBase";

    /** Its field: IA32_TSC_DEADLINE. */
    static final String LAPIC_DEADLINE = "tscDeadline";

    private static final int LAPIC_VERSION = 1;
    private static final int FXSAVE_SIZE = 512;
    private static final int XSAVE_HEADER_SIZE = 64;

    /** XSTATE_BV of plain FXSAVE state: x87 and SSE (SDM vol. 1 §13.4.2). */
    private static final long XSTATE_LEGACY = 3;

    private final KvmSystem system;
    private final MsrCodec msrs;
    private final boolean kernelApic;

    /** For vCPUs with or without a local APIC in the kernel. */
    VcpuCodec(KvmSystem system, MsrCodec msrs, boolean kernelApic) {
        this.system = system;
        this.msrs = msrs;
        this.kernelApic = kernelApic;
    }

    /** Reads all; {@code outside} is what the vCPU does where KVM does not know it. */
    CpuState read(KvmVcpu vcpu, Activity outside) throws EngineException {
        Fd fd = vcpu.fd();
        Struct regs = new Struct(VcpuLayout.REGS_SIZE);
        Struct sregs = new Struct(VcpuLayout.SREGS_SIZE);
        Struct debug = new Struct(VcpuLayout.DEBUGREGS_SIZE);
        Struct events = new Struct(VcpuLayout.EVENTS_SIZE);
        fd.call("KVM_GET_REGS", Kvm.KVM_GET_REGS, regs);
        fd.call("KVM_GET_SREGS", Kvm.KVM_GET_SREGS, sregs);
        fd.call("KVM_GET_DEBUGREGS", Kvm.KVM_GET_DEBUGREGS, debug);
        fd.call("KVM_GET_VCPU_EVENTS", Kvm.KVM_GET_VCPU_EVENTS, events);
        byte[] xsave = readXsave(fd);
        Control control = RegisterCodec.control(sregs, readXcr0(fd));
        long[] debugRegisters = RegisterCodec.debug(debug);
        return new CpuState(
                RegisterCodec.gprs(regs),
                regs.get64(VcpuLayout.REGS_RIP),
                regs.get64(VcpuLayout.REGS_RFLAGS),
                RegisterCodec.segments(sregs),
                vcpu.control(control),
                debugRegisters,
                msrs.read(fd),
                Arrays.copyOf(xsave, FXSAVE_SIZE),
                extended(xsave),
                msrs.readOne(fd, MsrCodec.IA32_TSC).orElse(0),
                kernelApic ? readActivity(fd) : outside,
                EventCodec.events(events, control.cr2(), debugRegisters[4]),
                kernelApic ? List.of(readLapic(fd, control.apicBase())) : List.of());
    }

    /**
     * Writes all, in the order that KVM needs: the APIC base decides the meaning of the local
     * APIC's page, the TSC that of its deadline, and pending events come after what they depend on.
     */
    void write(KvmVcpu vcpu, CpuState state) throws EngineException {
        Fd fd = vcpu.fd();
        Struct sregs = new Struct(VcpuLayout.SREGS_SIZE);
        RegisterCodec.segments(sregs, state.segments());
        RegisterCodec.control(sregs, vcpu.kernelControl(state.control()));
        fd.call("KVM_SET_SREGS", Kvm.KVM_SET_SREGS, sregs);
        writeXcr0(fd, state.control().xcr0());
        writeXsave(fd, state);
        msrs.writeOne(fd, MsrCodec.IA32_TSC, state.tsc());
        msrs.write(fd, state.msrs());
        fd.call("KVM_SET_DEBUGREGS", Kvm.KVM_SET_DEBUGREGS, RegisterCodec.debug(state.debug()));
        if (kernelApic) {
            writeLapic(fd, state);
            writeActivity(fd, state.activity());
        }
        fd.call("KVM_SET_VCPU_EVENTS", Kvm.KVM_SET_VCPU_EVENTS, EventCodec.events(state.events()));
        fd.call(
                "KVM_SET_REGS",
                Kvm.KVM_SET_REGS,
                RegisterCodec.regs(state.gpr(), state.rip(), state.rflags()));
    }

    private static long readXcr0(Fd fd) throws EngineException {
        Struct xcrs = new Struct(VcpuLayout.XCRS_SIZE);
        fd.call("KVM_GET_XCRS", Kvm.KVM_GET_XCRS, xcrs);
        for (int i = 0; i < xcrs.get32(VcpuLayout.XCRS_NR); i++) {
            int at = VcpuLayout.XCRS_FIRST + i * VcpuLayout.XCR_SIZE;
            if (xcrs.get32(at) == 0) {
                return xcrs.get64(at + VcpuLayout.XCR_VALUE);
            }
        }
        return 1;
    }

    private static void writeXcr0(Fd fd, long value) throws EngineException {
        Struct xcrs = new Struct(VcpuLayout.XCRS_SIZE);
        xcrs.put32(VcpuLayout.XCRS_NR, 1);
        // Bit 0, x87 state, is always set (SDM vol. 1 §13.3).
        xcrs.put64(VcpuLayout.XCRS_FIRST + VcpuLayout.XCR_VALUE, value | 1);
        fd.call("KVM_SET_XCRS", Kvm.KVM_SET_XCRS, xcrs);
    }

    private byte[] readXsave(Fd fd) throws EngineException {
        int size = Math.max(VcpuLayout.XSAVE_SIZE, system.value(Capability.XSAVE2));
        Struct xsave = new Struct(size);
        if (size > VcpuLayout.XSAVE_SIZE) {
            fd.call("KVM_GET_XSAVE2", Kvm.KVM_GET_XSAVE2, xsave);
        } else {
            fd.call("KVM_GET_XSAVE", Kvm.KVM_GET_XSAVE, xsave);
        }
        return xsave.get(0, size);
    }

    /** What follows the legacy area, without the zeroes at the end. */
    private static byte[] extended(byte[] xsave) {
        int end = xsave.length;
        while (end > FXSAVE_SIZE + XSAVE_HEADER_SIZE && xsave[end - 1] == 0) {
            end--;
        }
        return Arrays.copyOfRange(xsave, FXSAVE_SIZE, end);
    }

    private void writeXsave(Fd fd, CpuState state) throws EngineException {
        int size = Math.max(VcpuLayout.XSAVE_SIZE, system.value(Capability.XSAVE2));
        if (FXSAVE_SIZE + state.xsaveExtended().length > size) {
            throw new EngineException(
                    "the saved vCPU has %d bytes of extended state, this KVM takes %d"
                            .formatted(state.xsaveExtended().length, size - FXSAVE_SIZE));
        }
        Struct xsave = new Struct(size);
        xsave.put(0, state.fxsave());
        if (state.xsaveExtended().length == 0) {
            xsave.put64(FXSAVE_SIZE, XSTATE_LEGACY);
        } else {
            xsave.put(FXSAVE_SIZE, state.xsaveExtended());
        }
        fd.call("KVM_SET_XSAVE", Kvm.KVM_SET_XSAVE, xsave);
    }

    private static Activity readActivity(Fd fd) throws EngineException {
        Struct state = new Struct(VcpuLayout.MP_STATE_SIZE);
        fd.call("KVM_GET_MP_STATE", Kvm.KVM_GET_MP_STATE, state);
        return EventCodec.activity(state.get32(0));
    }

    private static void writeActivity(Fd fd, Activity activity) throws EngineException {
        Struct state = new Struct(VcpuLayout.MP_STATE_SIZE);
        state.put32(0, EventCodec.mpState(activity));
        fd.call("KVM_SET_MP_STATE", Kvm.KVM_SET_MP_STATE, state);
    }

    private StateRecord readLapic(Fd fd, long base) throws EngineException {
        Struct page = new Struct(VcpuLayout.LAPIC_SIZE);
        fd.call("KVM_GET_LAPIC", Kvm.KVM_GET_LAPIC, page);
        return StateRecord.of(LAPIC_TYPE, LAPIC_VERSION)
                .put(LAPIC_REGS, page.get(0, VcpuLayout.LAPIC_SIZE))
                .put(LAPIC_BASE, base)
                .put(LAPIC_DEADLINE, msrs.readOne(fd, MsrCodec.IA32_TSC_DEADLINE).orElse(0))
                .build();
    }

    private void writeLapic(Fd fd, CpuState state) throws EngineException {
        if (state.localApic().isEmpty()) {
            return;
        }
        StateRecord record = state.localApic().get(0).expect(LAPIC_TYPE, LAPIC_VERSION);
        byte[] regs = record.bytes(LAPIC_REGS);
        if (regs.length != VcpuLayout.LAPIC_SIZE) {
            throw new EngineException(
                    "the saved local APIC has %d bytes of registers, wanted are %d"
                            .formatted(regs.length, VcpuLayout.LAPIC_SIZE));
        }
        Struct page = new Struct(VcpuLayout.LAPIC_SIZE).put(0, regs);
        fd.call("KVM_SET_LAPIC", Kvm.KVM_SET_LAPIC, page);
        msrs.writeOne(fd, MsrCodec.IA32_TSC_DEADLINE, record.number(LAPIC_DEADLINE, 0));
    }
}
