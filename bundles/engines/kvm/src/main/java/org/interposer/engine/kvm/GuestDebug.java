package org.interposer.engine.kvm;

import java.util.List;
import org.interposer.api.engine.EngineException;
import org.interposer.api.engine.HostDebug;

/**
 * Asks KVM to stop a vCPU for a debugger: single step, and breakpoints in DR0–DR3 of the host's.
 */
final class GuestDebug {
    /** Debug registers. */
    static final int MOST_BREAKPOINTS = 4;

    // struct kvm_guest_debug
    private static final int CONTROL = 0, REGISTERS = 8, SIZE = 72;
    private static final int ENABLE = 1, SINGLE_STEP = 2, HARDWARE_BREAKPOINTS = 0x20000;
    private static final int DR7 = 7;

    /** DR7: bit 10 is always set (SDM vol. 3 §17.2.4). */
    private static final long DR7_FIXED = 0x400;

    private GuestDebug() {}

    static void set(Fd vcpu, HostDebug wanted) throws EngineException {
        List<Long> breakpoints = wanted.breakpoints().stream().sorted().toList();
        if (breakpoints.size() > MOST_BREAKPOINTS) {
            throw new EngineException(
                    breakpoints.size()
                            + " breakpoints; the processor has "
                            + MOST_BREAKPOINTS
                            + ": delete some, or use engine softcpu");
        }
        Struct debug = new Struct(SIZE);
        int control = wanted.equals(HostDebug.NONE) ? 0 : ENABLE;
        control |= wanted.step() ? SINGLE_STEP : 0;
        control |= breakpoints.isEmpty() ? 0 : HARDWARE_BREAKPOINTS;
        debug.put32(CONTROL, control);
        long dr7 = DR7_FIXED;
        for (int n = 0; n < breakpoints.size(); n++) {
            debug.put64(REGISTERS + 8 * n, breakpoints.get(n));
            dr7 |= 2L << 2 * n; // Gn: an instruction, since its type bits are 0.
        }
        debug.put64(REGISTERS + 8 * DR7, breakpoints.isEmpty() ? 0 : dr7);
        if (vcpu.tryCall(Kvm.KVM_SET_GUEST_DEBUG, debug) < 0) {
            throw new EngineException(
                    "this KVM cannot debug a guest ("
                            + Libc.describe(Libc.errno())
                            + "): use engine softcpu");
        }
    }
}
