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
        return run(TURN);
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
        if (!run(1)) {
            return false;
        }
        if (faulted) {
            if (resume && c.env.failed()) {
                c.fl |= Flags.RF; // It has not been executed.
            }
            return true;
        }
        if (traps && (!c.entered || (c.fl & Flags.TF) != 0)) {
            c.pendingDebug |= DebugRegisters.BS;
        }
        // A trap waits for the instruction after MOV SS.
        return c.pendingDebug == 0 || c.stackShadow || Delivery.trap(c, c.rip);
    }

    private long linear(long rip) {
        return c.code64() ? rip : rip + c.r[Cpu.SEG_BASE + Cpu.CS] & 0xffff_ffffL;
    }

    private boolean run(int operations) {
        c.budget = operations;
        c.granted = operations;
        c.code.trim();
        loop();
        c.retired += c.granted - Math.max(0, c.budget);
        long rip = current.rip(c);
        if (faulted) {
            if (c.env.failed()) {
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
        if (c.pendingDebug != 0 && operations > 1 && !c.stackShadow) {
            return Delivery.trap(c, rip);
        }
        return true;
    }

    private void loop() {
        Op op = c.code.at(c.rip);
        faulted = false;
        executing = true;
        try {
            // One turn executes one instruction at least, also one that must be fetched first.
            while (--c.budget >= 0) {
                op = op.exec(c);
            }
        } catch (GuestFault fault) {
            faulted = true;
        } finally {
            current = op;
        }
        executing = false;
    }

    /** Where a turn was when it ended with something that is no exception of the guest's. */
    public long place() {
        boolean inside = executing;
        executing = false;
        return inside ? current.rip(c) : c.rip;
    }
}
