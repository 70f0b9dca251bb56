package org.interposer.engine.softcpu.sys;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.DebugRegisters;
import org.interposer.engine.softcpu.cpu.Flags;
import org.interposer.engine.softcpu.cpu.GuestFault;

/**
 * Interrupts and exceptions on their way into the guest (SDM vol. 3 chapter 6). All return false
 * when the processor shuts down by a triple fault or when {@code Env.fail} has been called;
 * otherwise {@code c.rip} is where the handler begins.
 */
public final class Delivery {
    private static final int SHUTDOWN = -1;
    private static final int MC = 18;
    private static final long DR6_HITS = 0xf;

    private Delivery() {}

    /** Delivers {@code c.fault}, raised by the instruction at {@code rip}. */
    public static boolean fault(Cpu c, long rip) {
        return fault(c, rip, false);
    }

    /**
     * The same; RF is pushed as 1, which the instruction's own breakpoint alone does not ask for
     * (SDM vol. 3 §17.3.1.1).
     */
    private static boolean fault(Cpu c, long rip, boolean isBreakpoint) {
        boolean plain = isBreakpoint;
        while (true) {
            int vector = c.fault.vector;
            int error = c.fault.errorCode;
            if (vector == GuestFault.PF) {
                c.cr2 = c.fault.address;
            } else if (vector == GuestFault.DB) {
                debugStatus(c);
            }
            boolean restarts = vector != GuestFault.DF && vector != MC && !plain;
            plain = false;
            long flags = Flags.get(c) | (restarts ? Flags.RF : 0);
            try {
                return Gates.enter(c, new Event(vector, Event.Kind.EXCEPTION, error, rip, flags));
            } catch (GuestFault nested) {
                int next = combine(vector, nested.vector);
                if (next == SHUTDOWN) {
                    return false;
                }
                if (next == GuestFault.DF) {
                    nested.with(next, 0);
                } else {
                    external(nested);
                }
            }
        }
    }

    /** Delivers an external interrupt before the instruction at {@code rip}. */
    public static boolean interrupt(Cpu c, int vector, long rip) {
        return event(c, new Event(vector, Event.Kind.EXTERNAL, 0, rip, Flags.get(c)));
    }

    /** Delivers an NMI, and blocks further ones until IRET. */
    public static boolean nmi(Cpu c, long rip) {
        c.nmiMasked = true;
        return event(c, new Event(GuestFault.NMI, Event.Kind.EXTERNAL, 0, rip, Flags.get(c)));
    }

    /**
     * Delivers #DB as a fault: {@code c.pendingDebug} says which breakpoints are at {@code rip}.
     */
    public static boolean breakpoint(Cpu c, long rip) {
        c.fault.with(GuestFault.DB, 0);
        return fault(c, rip, true);
    }

    /**
     * Delivers #DB as a trap: the hits are in {@code c.pendingDebug}, the next instruction at rip.
     */
    public static boolean trap(Cpu c, long rip) {
        debugStatus(c);
        return event(c, new Event(GuestFault.DB, Event.Kind.EXTERNAL, 0, rip, Flags.get(c)));
    }

    private static boolean event(Cpu c, Event event) {
        try {
            return Gates.enter(c, event);
        } catch (GuestFault nested) {
            external(nested);
            return fault(c, event.rip());
        }
    }

    /**
     * INT n, INT3, INTO: faults as an instruction does; the handler is at {@code c.rip}.
     *
     * @param rip behind the instruction
     */
    static void software(Cpu c, int vector, long rip) {
        enter(c, new Event(vector, Event.Kind.SOFTWARE, 0, rip, Flags.get(c)));
    }

    /** INT1: as INT n, but without a check of the gate's privilege; takes what MOV SS held back. */
    static void hardwareBreakpoint(Cpu c, long rip) {
        enter(c, new Event(GuestFault.DB, Event.Kind.EXTERNAL, 0, rip, Flags.get(c)));
        if (c.pendingDebug != 0) {
            debugStatus(c);
        }
    }

    private static void enter(Cpu c, Event event) {
        if (!Gates.enter(c, event)) {
            throw c.protection();
        }
        c.entered = true;
    }

    /** DR6 tells what has been hit; general detection ends with the handler's start. */
    private static void debugStatus(Cpu c) {
        c.dr[6] = c.dr[6] & ~DR6_HITS | c.pendingDebug;
        c.pendingDebug = 0;
        c.dr[7] &= ~DebugRegisters.GD;
    }

    /** Bit 0 of a selector's error code: an event from outside the program was being delivered. */
    private static void external(GuestFault nested) {
        int v = nested.vector;
        if (v >= GuestFault.TS && v <= GuestFault.GP) {
            nested.errorCode |= 1;
        }
    }

    /** The exception that two make (SDM vol. 3 table 6-5). */
    private static int combine(int first, int second) {
        boolean bad = contributory(second) || second == GuestFault.PF;
        if (first == GuestFault.DF) {
            return bad ? SHUTDOWN : second;
        }
        boolean isDouble =
                contributory(first) && contributory(second) || first == GuestFault.PF && bad;
        return isDouble ? GuestFault.DF : second;
    }

    private static boolean contributory(int vector) {
        return vector == GuestFault.DE || vector >= GuestFault.TS && vector <= GuestFault.GP;
    }
}
