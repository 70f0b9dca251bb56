package org.interposer.engine.softcpu.cpu;

import org.interposer.engine.softcpu.sys.Delivery;

/**
 * The interpreter tier: lets operations follow each other for a turn of bounded length, and
 * delivers the exceptions that end one. Interrupts come between turns.
 */
public final class Interpreter {
    /** Operations a turn: how long an interrupt or another thread's wish may wait. */
    private static final int TURN = 2000;

    private final Cpu c;
    private boolean faulted;
    private boolean executing;
    private Op current;

    public Interpreter(Cpu c) {
        this.c = c;
    }

    /**
     * Executes from {@link Cpu#rip} on; a single instruction where something is to be looked at
     * after each, or somebody wants to see each.
     *
     * @return false on a triple fault
     */
    public boolean turn() {
        boolean stepping = c.shadow || (c.fl & Flags.TF) != 0;
        if (stepping || traced() || DebugRegisters.watchesCode(c)) {
            return one();
        }
        // There is no breakpoint that it could hold off.
        c.fl &= ~Flags.RF;
        return run(false);
    }

    private boolean traced() {
        return c.tracer != null && c.tracer.steps();
    }

    /** Executes one instruction, which whoever traces sees first; false on a triple fault. */
    public boolean one() {
        if (traced()) {
            c.tracer.instruction(c);
        }
        return step();
    }

    /** Linear address of the next instruction. */
    public long linear() {
        return linear(c.rip);
    }

    /** Executes one instruction, with its debug exceptions. */
    public boolean step() {
        boolean held = c.stackShadow;
        boolean resume = (c.fl & Flags.RF) != 0;
        if (!resume && !held && DebugRegisters.watchesCode(c)) {
            long hits = DebugRegisters.code(c, linear(c.rip));
            if (hits != 0) {
                c.pendingDebug = hits;
                return Delivery.breakpoint(c, c.rip);
            }
        }
        boolean traps = (c.fl & Flags.TF) != 0;
        c.shadow = false;
        c.stackShadow = false;
        c.entered = false;
        // Before it executes: IRET and a REP that is not at its end set it anew.
        c.fl &= ~Flags.RF;
        if (!run(true)) {
            return false;
        }
        if (faulted) {
            if (resume && c.env.failed()) {
                c.fl |= Flags.RF; // It has not been executed.
            }
            return true;
        }
        if (traps && !c.stackShadow && (!c.entered || (c.fl & Flags.TF) != 0)) {
            c.pendingDebug |= DebugRegisters.BS;
        }
        // After MOV SS a data breakpoint waits for the next instruction, a step is no trap at all.
        return c.pendingDebug == 0 || c.stackShadow || Delivery.trap(c, c.rip);
    }

    private long linear(long rip) {
        return c.code64() ? rip : rip + c.r[Cpu.SEG_BASE + Cpu.CS] & 0xffff_ffffL;
    }

    /** Executes a turn or, if that is wanted, one instruction. */
    private boolean run(boolean single) {
        c.code.trim();
        c.uncounted = 0;
        c.leaving = single;
        int done = single ? instruction() : operations();
        c.retired += done - c.uncounted;
        long rip = current.rip(c);
        if (faulted) {
            c.hostWatch.faulted();
            if (c.env.failed()) {
                c.pendingDebug = 0;
                c.rip = rip;
                return true;
            }
            if (c.fault.nonCanonical && current.stack()) {
                c.fault.vector = GuestFault.SS;
            }
            c.pendingDebug = 0;
            return Delivery.fault(c, rip);
        }
        c.rip = rip;
        if (c.pendingDebug != 0 && !single && !c.stackShadow) {
            return Delivery.trap(c, rip);
        }
        return true;
    }

    /**
     * The hot loop; returns the operations that began, counted in a local variable so that none has
     * to store to a field.
     */
    private int operations() {
        Op op = begin();
        int left = TURN;
        try {
            do {
                left--;
                op = op.exec(c);
            } while (left > 0 && !c.leaving);
            executing = false;
        } catch (GuestFault fault) {
            faulted = true;
        } finally {
            current = op;
        }
        return TURN - left;
    }

    /** One instruction, also one that must be fetched first. */
    private int instruction() {
        Op op = begin();
        int done = 0;
        try {
            do {
                done++;
                op = op.exec(c);
            } while (c.uncounted == done);
            executing = false;
        } catch (GuestFault fault) {
            faulted = true;
        } finally {
            current = op;
        }
        return done;
    }

    private Op begin() {
        faulted = false;
        executing = true;
        return c.code.at(c.rip);
    }

    /** Where a turn was when it ended with something that is no exception of the guest's. */
    public long place() {
        boolean inside = executing;
        executing = false;
        return inside ? current.rip(c) : c.rip;
    }
}
