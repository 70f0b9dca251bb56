package org.interposer.engine.softcpu.sys;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.DebugRegisters;
import org.interposer.engine.softcpu.cpu.Flags;
import org.interposer.engine.softcpu.cpu.GuestFault;
import org.interposer.engine.softcpu.cpu.Modes;
import org.interposer.engine.softcpu.cpu.Op;

/**
 * Far RET and IRET (SDM vol. 2; vol. 3 §5.8.6, §6.12.1). All checks come before the first change.
 */
final class FarReturn {
    private static final long IRET_REAL = 0x25_7fd5;
    private static final long IRET_ALWAYS = Flags.ARITHMETIC | Flags.TF | Flags.DF | Flags.NT;

    private FarReturn() {}

    /** RET far, which takes {@code release} bytes of parameters with it. */
    static Op ret(Cpu c, int size, int release) {
        Stack stack = Stack.current(c);
        long rip = stack.pop(size);
        int cs = (int) stack.pop(size) & 0xffff;
        if (!c.protectedMode() || c.v86()) {
            return real(c, stack, cs, rip, release);
        }
        long d = code(c, cs);
        int rpl = cs & 3;
        stack.release(release);
        if (rpl == c.cpl) {
            FarTransfer.checkOffset(c, d, rip);
            Descriptors.access(c, cs, d);
            stack.commit();
            return FarTransfer.arrive(c, cs, d, c.cpl, rip);
        }
        long rsp = stack.pop(size);
        int ss = (int) stack.pop(size) & 0xffff;
        return outer(c, cs, d, rip, ss, rsp, release);
    }

    private static Op real(Cpu c, Stack stack, int cs, long rip, int release) {
        if (rip > (c.seg[Cpu.CS].limit & 0xffff_ffffL)) {
            throw c.protection();
        }
        stack.release(release);
        stack.commit();
        SegmentLoad.real(c, Cpu.CS, cs);
        Modes.update(c);
        return c.jump(rip);
    }

    /** The checked code segment of a return. */
    private static long code(Cpu c, int cs) {
        if (Descriptors.isNull(cs)) {
            throw c.protection();
        }
        long d = Descriptors.read(c, cs, GuestFault.GP);
        int rpl = cs & 3;
        int dpl = Descriptors.dpl(d);
        boolean allowed =
                Descriptors.isCode(d)
                        && rpl >= c.cpl
                        && (Descriptors.isConforming(d) ? dpl <= rpl : dpl == rpl);
        boolean both = c.longMode() && Descriptors.isLong(d) && Descriptors.isBig(d);
        if (!allowed || both) {
            throw Descriptors.fault(c, GuestFault.GP, cs);
        }
        if (!Descriptors.isPresent(d)) {
            throw Descriptors.fault(c, GuestFault.NP, cs);
        }
        return d;
    }

    /** With a stack of the target's, mostly at an outer level. */
    private static Op outer(Cpu c, int cs, long d, long rip, int ss, long rsp, int release) {
        int cpl = cs & 3;
        boolean outer = cpl != c.cpl;
        boolean wide = FarTransfer.isWide(c, d);
        long stack = 0;
        boolean nullStack = Descriptors.isNull(ss);
        if (nullStack) {
            if (!wide || cpl == 3) {
                throw c.protection();
            }
        } else {
            stack = SegmentLoad.stackDescriptor(c, ss, cpl, GuestFault.GP);
        }
        FarTransfer.checkOffset(c, d, rip);
        Descriptors.access(c, cs, d);
        if (nullStack) {
            SegmentLoad.nullStack(c, ss, cpl);
        } else {
            Descriptors.access(c, ss, stack);
            SegmentLoad.set(c, Cpu.SS, ss, stack);
        }
        // A 16-bit stack keeps the upper half of ESP.
        long mask = wide ? -1 : Descriptors.isBig(stack) ? 0xffff_ffffL : 0xffff;
        long top = rsp + release;
        c.r[Cpu.RSP] = mask == 0xffff ? c.r[Cpu.RSP] & ~mask | top & mask : top & mask;
        Op target = FarTransfer.arrive(c, cs, d, cpl, rip);
        if (outer) {
            SegmentLoad.dropInner(c);
        }
        return target;
    }

    // --- IRET -----------------------------------------------------------------------------------

    static Op iret(Cpu c, int size) {
        if (c.nmiMasked) {
            // Also where the instruction faults (SDM vol. 3 §6.7.1).
            c.nmiMasked = false;
            c.stop();
        }
        if (c.protectedMode() && (c.fl & Flags.NT) != 0) {
            if (c.longMode()) {
                throw c.protection();
            }
            throw FarTransfer.refuseTask(c);
        }
        Stack stack = Stack.current(c);
        long rip = stack.pop(size);
        int cs = (int) stack.pop(size) & 0xffff;
        long flags = stack.pop(size);
        if (!c.protectedMode()) {
            return iretReal(c, stack, cs, rip, flags, size);
        }
        if (c.v86() || size == 4 && (flags & Flags.VM) != 0 && c.cpl == 0 && !c.longMode()) {
            c.env.fail(
                    "the guest uses virtual-8086 mode, which the 'softcpu' engine lacks: use KVM");
            throw c.protection();
        }
        long mask = changeable(c, size);
        long d = code(c, cs);
        Op target;
        if ((cs & 3) != c.cpl || c.code64()) {
            long rsp = stack.pop(size);
            int ss = (int) stack.pop(size) & 0xffff;
            target = outer(c, cs, d, rip, ss, rsp, 0);
        } else {
            FarTransfer.checkOffset(c, d, rip);
            Descriptors.access(c, cs, d);
            stack.commit();
            target = FarTransfer.arrive(c, cs, d, c.cpl, rip);
        }
        finish(c, flags, mask);
        return target;
    }

    private static Op iretReal(Cpu c, Stack stack, int cs, long rip, long flags, int size) {
        Op target = real(c, stack, cs, rip, 0);
        finish(c, flags, size == 2 ? IRET_REAL & 0xffff : IRET_REAL);
        return target;
    }

    /** Flags that IRET changes at the level that it leaves. */
    private static long changeable(Cpu c, int size) {
        long mask = IRET_ALWAYS;
        if (size > 2) {
            mask |= Flags.RF | Flags.AC | Flags.ID;
        }
        if (c.cpl <= Flags.iopl(c)) {
            mask |= Flags.IF;
        }
        if (c.cpl == 0) {
            mask |= Flags.IOPL | (size > 2 ? Flags.VIF | Flags.VIP : 0);
        }
        return mask;
    }

    private static void finish(Cpu c, long flags, long mask) {
        long before = c.fl;
        Flags.set(c, Flags.get(c) & ~mask | flags & mask);
        if (!DebugRegisters.watchesCode(c)) {
            // It would only hold off an instruction breakpoint.
            c.fl &= ~Flags.RF;
        }
        if ((c.fl & (Flags.TF | Flags.RF)) != 0 || (c.fl & ~before & Flags.IF) != 0) {
            c.stop();
        }
        if (((c.fl ^ before) & Flags.AC) != 0) {
            c.mmu.select();
        }
    }
}
