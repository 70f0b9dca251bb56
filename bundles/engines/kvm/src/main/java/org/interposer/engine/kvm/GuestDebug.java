package org.interposer.engine.kvm;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.interposer.api.engine.EngineException;
import org.interposer.api.engine.HostDebug;
import org.interposer.api.engine.VcpuExit;
import org.interposer.api.engine.Watchpoint;

/**
 * Asks KVM to stop a vCPU for a debugger: single step, and breakpoints and watchpoints in DR0–DR3
 * of the host's. A KVM that interprets kernel code sees no accesses of that code.
 */
final class GuestDebug {
    /** Debug registers. */
    static final int REGISTERS = 4;

    // struct kvm_guest_debug
    private static final int CONTROL = 0, REGISTER = 8, SIZE = 72;
    private static final int ENABLE = 1, SINGLE_STEP = 2, HARDWARE = 0x20000;

    /** No interrupt comes first in a step; kernels before 5.16 do not know the bit. */
    private static final int BLOCK_INTERRUPTS = 0x100000;

    private static final int DR7 = 7;

    /** DR7: bit 10 is always set (SDM vol. 3 §17.2.4). */
    private static final long DR7_FIXED = 0x400;

    private static final int EXECUTE = 0, WRITE = 1, READ_WRITE = 3;

    private final Fd vcpu;
    private List<Register> registers = List.of();

    /** What a debug register is set to; for a watchpoint also which one. */
    private record Register(long address, int kind, int length, Optional<Watchpoint> watchpoint) {
        /** Gn, and R/Wn and LENn, where 8 bytes are 2 and other lengths one less. */
        private long control(int n) {
            long size = length == Long.BYTES ? 2 : length - 1;
            return 2L << 2 * n | (kind | size << 2) << 16 + 4 * n;
        }
    }

    GuestDebug(Fd vcpu) {
        this.vcpu = vcpu;
    }

    private static List<Register> registers(HostDebug wanted) {
        List<Register> all = new ArrayList<>();
        for (long address : wanted.breakpoints()) {
            all.add(new Register(address, EXECUTE, 1, Optional.empty()));
        }
        for (Watchpoint watchpoint : wanted.watchpoints()) {
            int kind = watchpoint.reads() ? READ_WRITE : WRITE;
            for (Watchpoint p : watchpoint.pieces()) {
                all.add(new Register(p.address(), kind, p.length(), Optional.of(watchpoint)));
            }
        }
        return all;
    }

    void set(HostDebug wanted) throws EngineException {
        List<Register> wants = registers(wanted);
        if (wants.size() > REGISTERS) {
            throw new EngineException(
                    "breakpoints and watchpoints for "
                            + wants.size()
                            + " debug registers; the processor has "
                            + REGISTERS
                            + ": delete some, or use engine softcpu");
        }
        Struct debug = new Struct(SIZE);
        int control = wanted.equals(HostDebug.NONE) ? 0 : ENABLE;
        control |= wanted.step() ? SINGLE_STEP | BLOCK_INTERRUPTS : 0;
        control |= wants.isEmpty() ? 0 : HARDWARE;
        debug.put32(CONTROL, control);
        long dr7 = DR7_FIXED;
        for (int n = 0; n < wants.size(); n++) {
            debug.put64(REGISTER + 8 * n, wants.get(n).address());
            dr7 |= wants.get(n).control(n);
        }
        debug.put64(REGISTER + 8 * DR7, wants.isEmpty() ? 0 : dr7);
        if (vcpu.tryCall(Kvm.KVM_SET_GUEST_DEBUG, debug) < 0) {
            throw new EngineException(
                    "this KVM cannot debug a guest ("
                            + Libc.describe(Libc.errno())
                            + "): use engine softcpu");
        }
        registers = wants;
    }

    /**
     * Why the vCPU has stopped.
     *
     * @param dr6 bits 0–3: the registers that fit (SDM vol. 3 §17.2.3), also such as are not on
     */
    VcpuExit.Debug stop(long dr6) {
        for (int n = 0; n < registers.size(); n++) {
            Optional<Watchpoint> watchpoint = registers.get(n).watchpoint();
            if ((dr6 >>> n & 1) != 0 && watchpoint.isPresent()) {
                return new VcpuExit.Debug(watchpoint);
            }
        }
        return VcpuExit.Debug.STOP;
    }
}
