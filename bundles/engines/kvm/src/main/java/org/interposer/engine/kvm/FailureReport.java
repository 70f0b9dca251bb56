package org.interposer.engine.kvm;

import java.util.HexFormat;
import org.interposer.api.engine.GuestWalk;
import org.interposer.api.memory.GuestMemory;

/** Says in words why a vCPU cannot go on: what, where, the instruction, the way out. */
final class FailureReport {
    private static final int INSTRUCTION_BYTES = 15;

    private final String who;
    private final Fd vcpu;
    private final GuestMemory memory;

    /** For one vCPU of a machine. */
    FailureReport(String machine, int index, Fd vcpu, GuestMemory memory) {
        who = "machine '" + machine + "', vCPU " + index;
        this.vcpu = vcpu;
        this.memory = memory;
    }

    /** KVM_RUN itself failed. */
    String runFailed(int errno) {
        return who + ": KVM_RUN failed: " + Libc.describe(errno) + where();
    }

    /** The guest asked for something that only a newer machine knows. */
    String systemEvent(int type) {
        return who + ": the guest ended with KVM system event " + type + where();
    }

    /** An exit that ends the vCPU. */
    String describe(RunPage page) {
        return switch (page.exitReason()) {
            case Kvm.KVM_EXIT_FAIL_ENTRY ->
                    "%s: the processor refuses the vCPU's state (reason 0x%x)%s"
                            .formatted(who, page.failEntryReason(), where());
            case Kvm.KVM_EXIT_INTERNAL_ERROR -> internal(page);
            default -> who + ": unknown KVM exit " + page.exitReason() + where();
        };
    }

    private String internal(RunPage page) {
        if (page.internalSuberror() != Kvm.KVM_INTERNAL_ERROR_EMULATION) {
            return "%s: KVM internal error %d, data%s%s"
                    .formatted(who, page.internalSuberror(), page.internalData(), where());
        }
        byte[] told = page.emulationBytes();
        String instruction = told.length > 0 ? " [" + hex(told) + "]" : "";
        return who
                + ": KVM cannot emulate the instruction"
                + instruction
                + where()
                + "; a KVM that interprets kernel code runs bare-metal guests made for it, an"
                + " ordinary kernel needs engine softcpu, or hardware virtualization";
    }

    /** RIP, the mode, and the memory there as far as it can be found without paging. */
    private String where() {
        Struct regs = new Struct(VcpuLayout.REGS_SIZE);
        Struct sregs = new Struct(VcpuLayout.SREGS_SIZE);
        if (vcpu.tryCall(Kvm.KVM_GET_REGS, regs) != 0
                || vcpu.tryCall(Kvm.KVM_GET_SREGS, sregs) != 0) {
            return "";
        }
        long rip = regs.get64(VcpuLayout.REGS_RIP);
        int cs = sregs.get16(VcpuLayout.SREGS_CS + VcpuLayout.SEGMENT_SELECTOR);
        long base = sregs.get64(VcpuLayout.SREGS_CS + VcpuLayout.SEGMENT_BASE);
        long cr3 = sregs.get64(VcpuLayout.SREGS_CR3);
        long linear = base + rip;
        GuestWalk walk =
                new GuestWalk(
                        memory,
                        sregs.get64(VcpuLayout.SREGS_CR0),
                        cr3,
                        sregs.get64(VcpuLayout.SREGS_CR4),
                        sregs.get64(VcpuLayout.SREGS_EFER));
        byte[] code = walk.read(linear, INSTRUCTION_BYTES);
        String bytes = code.length == 0 ? "not readable" : hex(code);
        return " at RIP 0x%x (CS 0x%x, CPL %d), code there: %s"
                .formatted(
                        rip, cs, sregs.get8(VcpuLayout.SREGS_SS + VcpuLayout.SEGMENT_DPL), bytes);
    }

    private static String hex(byte[] bytes) {
        return HexFormat.ofDelimiter(" ").formatHex(bytes);
    }
}
