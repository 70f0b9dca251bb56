package org.interposer.engine.softcpu.sys;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.GuestFault;
import org.interposer.engine.softcpu.cpu.Modes;
import org.interposer.engine.softcpu.cpu.Op;

/** Far JMP and CALL (SDM vol. 2; vol. 3 §5.8). All checks come before the first change. */
final class FarTransfer {
    private FarTransfer() {}

    /** A hardware task switch is asked for. */
    static GuestFault refuseTask(Cpu c) {
        c.env.fail(
                "the guest switches tasks by a TSS or a task gate, which the 'softcpu' engine"
                        + " lacks: use KVM");
        return c.protection();
    }

    /**
     * Goes to a far address.
     *
     * @param size operand size, of what CALL pushes
     * @param from return address, for CALL
     */
    static Op go(Cpu c, int selector, long offset, int size, boolean call, long from) {
        if (!c.protectedMode() || c.v86()) {
            return real(c, selector, offset, size, call, from);
        }
        if (Descriptors.isNull(selector)) {
            throw c.protection();
        }
        long d = Descriptors.read(c, selector, GuestFault.GP);
        if (Descriptors.isCode(d)) {
            checkCode(c, selector, d);
            if (call) {
                Stack stack = Stack.current(c);
                pushReturn(c, stack, size, from);
                checkOffset(c, d, offset);
                Descriptors.access(c, selector, d);
                stack.commit();
            } else {
                checkOffset(c, d, offset);
                Descriptors.access(c, selector, d);
            }
            return arrive(c, selector, d, c.cpl, offset);
        }
        return system(c, selector, d, call, from);
    }

    private static Op real(Cpu c, int selector, long offset, int size, boolean call, long from) {
        if (offset > (c.seg[Cpu.CS].limit & 0xffff_ffffL)) {
            throw c.protection();
        }
        if (call) {
            Stack stack = Stack.current(c);
            pushReturn(c, stack, size, from);
            stack.commit();
        }
        SegmentLoad.real(c, Cpu.CS, selector);
        Modes.update(c);
        return c.jump(offset);
    }

    private static void pushReturn(Cpu c, Stack stack, int size, long from) {
        stack.push(size, c.seg[Cpu.CS].selector);
        stack.push(size, from);
    }

    /** Directly, so at the same level. */
    private static void checkCode(Cpu c, int selector, long d) {
        int dpl = Descriptors.dpl(d);
        boolean allowed =
                Descriptors.isConforming(d)
                        ? dpl <= c.cpl
                        : (selector & 3) <= c.cpl && dpl == c.cpl;
        boolean both = c.longMode() && Descriptors.isLong(d) && Descriptors.isBig(d);
        if (!allowed || both) {
            throw Descriptors.fault(c, GuestFault.GP, selector);
        }
        if (!Descriptors.isPresent(d)) {
            throw Descriptors.fault(c, GuestFault.NP, selector);
        }
    }

    /** Whether code would be 64-bit. */
    static boolean isWide(Cpu c, long d) {
        return c.longMode() && Descriptors.isLong(d);
    }

    /** #GP(0) where an instruction pointer is outside its segment or not canonical. */
    static void checkOffset(Cpu c, long d, long offset) {
        boolean inside =
                isWide(c, d)
                        ? Segmentation.canonical(offset)
                        : (offset & 0xffff_ffffL) <= (Descriptors.limit(d) & 0xffff_ffffL);
        if (!inside) {
            throw c.protection();
        }
    }

    static Op arrive(Cpu c, int selector, long d, int cpl, long offset) {
        SegmentLoad.set(c, Cpu.CS, selector & 0xfffc | cpl, d);
        c.cpl = cpl;
        Modes.update(c);
        return c.jump(offset & c.ipMask);
    }

    // --- gates ----------------------------------------------------------------------------------

    private static Op system(Cpu c, int selector, long d, boolean call, long from) {
        int type = Descriptors.type(d);
        boolean legacy = !c.longMode();
        boolean gate = type == Descriptors.CALL || legacy && type == Descriptors.CALL16;
        boolean task =
                type == Descriptors.TSS
                        || type == Descriptors.TSS16
                        || type == Descriptors.TASK_GATE;
        if (Descriptors.isSegment(d) || !gate && !(legacy && task)) {
            throw Descriptors.fault(c, GuestFault.GP, selector);
        }
        if (Descriptors.dpl(d) < Math.max(c.cpl, selector & 3)) {
            throw Descriptors.fault(c, GuestFault.GP, selector);
        }
        if (!Descriptors.isPresent(d)) {
            throw Descriptors.fault(c, GuestFault.NP, selector);
        }
        if (!gate) {
            throw refuseTask(c);
        }
        long upper = legacy ? 0 : Descriptors.upper(c, selector, GuestFault.GP);
        return gate(c, d, upper | Descriptors.gateOffset(d), call, from);
    }

    private static Op gate(Cpu c, long gate, long gateOffset, boolean call, long from) {
        int selector = Descriptors.gateSelector(gate);
        if (Descriptors.isNull(selector)) {
            throw c.protection();
        }
        long d = Descriptors.read(c, selector, GuestFault.GP);
        int dpl = Descriptors.dpl(d);
        boolean conforming = Descriptors.isConforming(d);
        boolean allowed =
                Descriptors.isCode(d) && (call || conforming ? dpl <= c.cpl : dpl == c.cpl);
        if (c.longMode()) {
            allowed &= Descriptors.isLong(d) && !Descriptors.isBig(d);
        }
        if (!allowed) {
            throw Descriptors.fault(c, GuestFault.GP, selector);
        }
        if (!Descriptors.isPresent(d)) {
            throw Descriptors.fault(c, GuestFault.NP, selector);
        }
        int size = c.longMode() ? 8 : Descriptors.type(gate) == Descriptors.CALL ? 4 : 2;
        long offset = size == 2 ? gateOffset & 0xffff : gateOffset;
        if (call && !conforming && dpl < c.cpl) {
            callInner(c, gate, d, size, offset, from);
            return arrive(c, selector, d, dpl, offset);
        }
        Stack stack = c.longMode() ? Stack.wide(c, c.r[Cpu.RSP], false) : Stack.current(c);
        if (call) {
            pushReturn(c, stack, size, from);
        }
        checkOffset(c, d, offset);
        Descriptors.access(c, selector, d);
        if (call) {
            stack.commit();
        }
        return arrive(c, selector, d, c.cpl, offset);
    }

    /** Builds the new stack and makes it the present one. */
    private static void callInner(Cpu c, long gate, long code, int size, long offset, long from) {
        int cpl = Descriptors.dpl(code);
        int selector = Descriptors.gateSelector(gate);
        if (c.longMode()) {
            Stack stack = Stack.wide(c, Tss.rsp(c, cpl), true);
            stack.push(8, c.seg[Cpu.SS].selector);
            stack.push(8, c.r[Cpu.RSP]);
            pushReturn(c, stack, 8, from);
            checkOffset(c, code, offset);
            Descriptors.access(c, selector, code);
            SegmentLoad.nullStack(c, cpl, cpl);
            stack.commit();
            return;
        }
        long esp = Tss.esp(c, cpl);
        int ss = Tss.ss(c, cpl);
        if (Descriptors.isNull(ss)) {
            throw c.fault(GuestFault.TS, 0);
        }
        long d = SegmentLoad.stackDescriptor(c, ss, cpl, GuestFault.TS);
        Stack old = Stack.current(c);
        Stack stack = Stack.inner(c, ss, d, esp);
        stack.push(size, c.seg[Cpu.SS].selector);
        stack.push(size, c.r[Cpu.RSP]);
        for (int i = (int) (gate >>> 32 & 0x1f) - 1; i >= 0; i--) {
            stack.push(size, old.peek((long) i * size, size));
        }
        pushReturn(c, stack, size, from);
        checkOffset(c, code, offset);
        Descriptors.access(c, selector, code);
        Descriptors.access(c, ss, d);
        SegmentLoad.set(c, Cpu.SS, ss, d);
        stack.commit();
    }
}
