package org.interposer.engine.softcpu.sys;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Flags;
import org.interposer.engine.softcpu.cpu.GuestFault;
import org.interposer.engine.softcpu.cpu.Modes;

/** Enters an interrupt handler through the IDT (SDM vol. 3 §6.12, §6.14; vol. 2 INT n). */
final class Gates {
    private static final int IN_IDT = 2;
    private static final long ENTERED_CLEARS = Flags.TF | Flags.NT | Flags.RF | Flags.VM;

    private Gates() {}

    /**
     * Goes there, or throws a fault with nothing changed.
     *
     * @return false if this engine cannot
     */
    static boolean enter(Cpu c, Event e) {
        if (c.tracer != null) {
            e.tell(c.tracer, c);
        }
        if (!c.protectedMode()) {
            real(c, e);
        } else if (c.longMode()) {
            wide(c, e);
        } else if (c.v86()) {
            c.env.fail(
                    "the guest uses virtual-8086 mode, which the 'softcpu' engine lacks: use KVM");
            return false;
        } else if (!legacy(c, e)) {
            return false;
        }
        c.halted = false;
        c.shadow = false;
        c.stackShadow = false;
        return true;
    }

    private static GuestFault fault(Cpu c, int vector, Event e) {
        return c.fault(vector, e.vector() * 8 | IN_IDT);
    }

    private static void real(Cpu c, Event e) {
        int at = e.vector() * 4;
        if (at + 3 > (c.idtLimit & 0xffff)) {
            throw fault(c, GuestFault.GP, e);
        }
        long target = c.mmu.systemLoad(c.idtBase + at & 0xffff_ffffL, 4);
        Stack stack = Stack.current(c);
        stack.push(2, e.flags());
        stack.push(2, c.seg[Cpu.CS].selector);
        stack.push(2, e.rip());
        stack.commit();
        c.fl &= ~(Flags.IF | Flags.TF | Flags.AC | Flags.RF);
        SegmentLoad.real(c, Cpu.CS, (int) (target >>> 16));
        c.rip = target & 0xffff;
        Modes.update(c);
    }

    /** The checked code segment of a gate. */
    private static long code(Cpu c, int selector, boolean wide) {
        if (Descriptors.isNull(selector)) {
            throw c.protection();
        }
        long d = Descriptors.read(c, selector, GuestFault.GP);
        boolean allowed = Descriptors.isCode(d) && Descriptors.dpl(d) <= c.cpl;
        if (wide) {
            allowed &= Descriptors.isLong(d) && !Descriptors.isBig(d);
        }
        if (!allowed) {
            throw Descriptors.fault(c, GuestFault.GP, selector);
        }
        if (!Descriptors.isPresent(d)) {
            throw Descriptors.fault(c, GuestFault.NP, selector);
        }
        return d;
    }

    private static int targetCpl(Cpu c, long code) {
        return Descriptors.isConforming(code) ? c.cpl : Descriptors.dpl(code);
    }

    private static void checkGate(Cpu c, Event e, long gate) {
        if (e.software() && Descriptors.dpl(gate) < c.cpl) {
            throw fault(c, GuestFault.GP, e);
        }
        if (!Descriptors.isPresent(gate)) {
            throw fault(c, GuestFault.NP, e);
        }
    }

    // --- long mode ------------------------------------------------------------------------------

    private static void wide(Cpu c, Event e) {
        int at = e.vector() * 16;
        if (at + 15 > (c.idtLimit & 0xffff)) {
            throw fault(c, GuestFault.GP, e);
        }
        long gate = c.mmu.systemLoad(c.idtBase + at, 8);
        int type = (int) (gate >>> 40) & 0x1f;
        if (type != Descriptors.INTERRUPT && type != Descriptors.TRAP) {
            throw fault(c, GuestFault.GP, e);
        }
        checkGate(c, e, gate);
        int selector = Descriptors.gateSelector(gate);
        long code = code(c, selector, true);
        int cpl = targetCpl(c, code);
        long upper = c.mmu.systemLoad(c.idtBase + at + 8, 4);
        long target = Descriptors.gateOffset(gate) | upper << 32;
        int ist = (int) (gate >>> 32) & 7;
        boolean inner = cpl < c.cpl;
        long rsp = c.r[Cpu.RSP];
        if (ist != 0) {
            rsp = Tss.ist(c, ist);
        } else if (inner) {
            rsp = Tss.rsp(c, cpl);
        }
        if (!Segmentation.canonical(target)) {
            throw c.protection();
        }
        Stack stack = Stack.wide(c, rsp & ~0xfL, inner);
        push(c, e, stack, 8, true);
        Descriptors.access(c, selector, code);
        stack.commit();
        if (inner) {
            SegmentLoad.nullStack(c, cpl, cpl);
        }
        arrive(c, selector, code, cpl, target, type == Descriptors.INTERRUPT);
    }

    private static void push(Cpu c, Event e, Stack stack, int size, boolean withStack) {
        if (withStack) {
            stack.push(size, c.seg[Cpu.SS].selector);
            stack.push(size, c.r[Cpu.RSP]);
        }
        stack.push(size, e.flags());
        stack.push(size, c.seg[Cpu.CS].selector);
        stack.push(size, e.rip());
        if (e.hasErrorCode()) {
            stack.push(size, e.errorCode());
        }
    }

    private static void arrive(
            Cpu c, int selector, long code, int cpl, long target, boolean masks) {
        c.fl &= ~(ENTERED_CLEARS | (masks ? Flags.IF : 0));
        SegmentLoad.set(c, Cpu.CS, selector & 0xfffc | cpl, code);
        c.cpl = cpl;
        c.rip = target;
        Modes.update(c);
    }

    // --- protected mode -------------------------------------------------------------------------

    private static boolean legacy(Cpu c, Event e) {
        int at = e.vector() * 8;
        if (at + 7 > (c.idtLimit & 0xffff)) {
            throw fault(c, GuestFault.GP, e);
        }
        long gate = c.mmu.systemLoad(c.idtBase + at & 0xffff_ffffL, 8);
        int type = (int) (gate >>> 40) & 0x1f;
        boolean known =
                type == Descriptors.INTERRUPT16
                        || type == Descriptors.TRAP16
                        || type == Descriptors.INTERRUPT
                        || type == Descriptors.TRAP
                        || type == Descriptors.TASK_GATE;
        if (!known) {
            throw fault(c, GuestFault.GP, e);
        }
        checkGate(c, e, gate);
        if (type == Descriptors.TASK_GATE) {
            FarTransfer.refuseTask(c);
            return false;
        }
        int selector = Descriptors.gateSelector(gate);
        long code = code(c, selector, false);
        int size = (type & 8) != 0 ? 4 : 2;
        int cpl = targetCpl(c, code);
        long offset = Descriptors.gateOffset(gate);
        long target = size == 4 ? offset : offset & 0xffff;
        if (cpl < c.cpl) {
            inner(c, e, selector, code, cpl, size, target);
        } else {
            Stack stack = Stack.current(c);
            push(c, e, stack, size, false);
            checkTarget(c, code, target);
            Descriptors.access(c, selector, code);
            stack.commit();
        }
        arrive(c, selector, code, cpl, target, (type & 1) == 0);
        return true;
    }

    private static void inner(
            Cpu c, Event e, int selector, long code, int cpl, int size, long target) {
        long esp = Tss.esp(c, cpl);
        int ss = Tss.ss(c, cpl);
        if (Descriptors.isNull(ss)) {
            throw c.fault(GuestFault.TS, 0);
        }
        long d = SegmentLoad.stackDescriptor(c, ss, cpl, GuestFault.TS);
        Stack stack = Stack.inner(c, ss, d, esp);
        push(c, e, stack, size, true);
        checkTarget(c, code, target);
        Descriptors.access(c, selector, code);
        Descriptors.access(c, ss, d);
        SegmentLoad.set(c, Cpu.SS, ss, d);
        stack.commit();
    }

    private static void checkTarget(Cpu c, long code, long target) {
        if (target > (Descriptors.limit(code) & 0xffff_ffffL)) {
            throw c.protection();
        }
    }
}
