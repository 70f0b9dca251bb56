package org.interposer.engine.softcpu.sys;

import org.interposer.engine.softcpu.cpu.Control;
import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.DebugRegisters;
import org.interposer.engine.softcpu.cpu.Flags;
import org.interposer.engine.softcpu.cpu.Modes;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;

/** Fast system calls (SDM vol. 3 §5.8.7, §5.8.8). */
final class SyscallOps {
    private static final int CODE64 = 0xa09b, CODE32 = 0xc09b, DATA = 0xc093, USER = 0x60;

    private SyscallOps() {}

    private static Op enter(Cpu c, int selector, int cpl, boolean wide, long rip) {
        int dpl = cpl == 3 ? USER : 0;
        SegmentLoad.flat(c, Cpu.CS, selector | cpl, (wide ? CODE64 : CODE32) | dpl);
        c.cpl = cpl;
        Modes.update(c);
        return c.jump(rip & c.ipMask);
    }

    private static void setStack(Cpu c, int selector, int cpl) {
        SegmentLoad.flat(c, Cpu.SS, selector & 0xfffc | cpl, DATA | (cpl == 3 ? USER : 0));
    }

    /** SYSCALL, of compatibility mode, too, as AMD has it. */
    static final class Syscall extends Op {
        Syscall(Insn i) {
            super(i.off, i.length);
        }

        @Override
        public Op exec(Cpu c) {
            if ((c.efer & Control.EFER_SCE) == 0 || !c.longMode()) {
                throw c.undefined();
            }
            long target = c.code64() ? c.msrs.lstar : c.msrs.cstar;
            c.r[Cpu.RCX] = FarOps.after(c, this);
            long flags = Flags.get(c) & ~Flags.RF;
            c.r[11] = flags;
            Flags.set(c, flags & ~c.msrs.sfmask);
            c.entered = true;
            int selector = (int) (c.msrs.star >>> 32) & 0xfffc;
            setStack(c, selector + 8, 0);
            return enter(c, selector, 0, true, target);
        }
    }

    /** SYSRET. */
    static final class Sysret extends Op {
        private static final long FLAGS = 0x3c_7fd7;
        private final boolean wide;

        Sysret(Insn i) {
            super(i.off, i.length);
            wide = i.opSize == 8;
        }

        @Override
        public Op exec(Cpu c) {
            if ((c.efer & Control.EFER_SCE) == 0 || !c.code64()) {
                throw c.undefined();
            }
            TableOps.kernelOnly(c);
            long rip = c.r[Cpu.RCX];
            if (wide && !Segmentation.canonical(rip)) {
                throw c.protection();
            }
            long before = c.fl;
            Flags.set(c, c.r[11] & FLAGS & ~Flags.RF);
            c.entered = true;
            if ((c.fl & ~before & (Flags.TF | Flags.IF)) != 0) {
                c.stop();
            }
            if ((c.fl & ~before & Flags.TF) != 0) {
                // The trap of a step over the SYSCALL that this goes back to.
                c.pendingDebug |= DebugRegisters.BS;
            }
            int selector = (int) (c.msrs.star >>> 48) & 0xfffc;
            setStack(c, selector + 8, 3);
            return enter(c, wide ? selector + 16 : selector, 3, wide, rip);
        }
    }

    /** SYSENTER: not in long mode, as on the AMD processor that CPUID shows (APM vol. 3). */
    static final class Sysenter extends Op {
        Sysenter(Insn i) {
            super(i.off, i.length);
        }

        @Override
        public Op exec(Cpu c) {
            if (c.longMode()) {
                throw c.undefined();
            }
            int selector = (int) c.msrs.sysenterCs & 0xfffc;
            if (!c.protectedMode() || selector == 0) {
                throw c.protection();
            }
            c.fl &= ~(Flags.VM | Flags.IF | Flags.RF);
            setStack(c, selector + 8, 0);
            c.r[Cpu.RSP] = c.msrs.sysenterEsp & 0xffff_ffffL;
            return enter(c, selector, 0, false, c.msrs.sysenterEip);
        }
    }

    /** SYSEXIT: not in long mode, either. */
    static final class Sysexit extends Op {
        Sysexit(Insn i) {
            super(i.off, i.length);
        }

        @Override
        public Op exec(Cpu c) {
            if (c.longMode()) {
                throw c.undefined();
            }
            int selector = (int) c.msrs.sysenterCs & 0xfffc;
            if (!c.protectedMode() || selector == 0 || c.cpl != 0) {
                throw c.protection();
            }
            int cs = selector + 16;
            setStack(c, cs + 8, 3);
            c.r[Cpu.RSP] = c.r[Cpu.RCX] & 0xffff_ffffL;
            return enter(c, cs, 3, false, c.r[Cpu.RDX]);
        }
    }

    /** SWAPGS. */
    static final class SwapGs extends Op {
        SwapGs(Insn i) {
            super(i.off, i.length);
        }

        @Override
        public Op exec(Cpu c) {
            TableOps.kernelOnly(c);
            long base = c.r[Cpu.SEG_BASE + Cpu.GS];
            c.r[Cpu.SEG_BASE + Cpu.GS] = c.msrs.kernelGsBase;
            c.msrs.kernelGsBase = base;
            return next;
        }
    }

    /** VMCALL and VMMCALL: no hypercall is offered, which the guest hears as from KVM. */
    static final class Hypercall extends Op {
        private static final long NOT_OFFERED = -1000, NOT_PERMITTED = -1;

        Hypercall(Insn i) {
            super(i.off, i.length);
        }

        @Override
        public Op exec(Cpu c) {
            long result = c.cpl == 0 ? NOT_OFFERED : NOT_PERMITTED;
            c.r[Cpu.RAX] = c.code64() ? result : result & 0xffff_ffffL;
            return next;
        }
    }
}
