package org.interposer.engine.softcpu.simd;

import org.interposer.engine.softcpu.cpu.Control;
import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.GuestFault;
import org.interposer.engine.softcpu.decode.Insn;
import org.interposer.engine.softcpu.op.MemOp;

/** An MMX instruction: ModRM.reg is an MMX register, ModRM.rm another or memory. */
abstract class MmxOp extends MemOp {
    final boolean mem;
    final int d;
    final int rm;
    private final int bytes;

    MmxOp(Insn i) {
        this(i, 8, false);
    }

    MmxOp(Insn i, int bytes, boolean writes) {
        super(i, bytes, writes);
        mem = i.isMem;
        d = i.reg & 7; // REX.R and REX.B choose nothing here.
        rm = i.rm & 7;
        this.bytes = bytes;
    }

    /** #UD, #NM or #MF, before anything else (SDM vol. 3 §13.1). */
    static void enter(Cpu c) {
        if (c.fpuTrap != 0) {
            boolean emulated = (c.cr0 & Control.CR0_EM) != 0;
            throw c.fault(emulated ? GuestFault.UD : GuestFault.NM, 0);
        }
        waitFor(c);
    }

    /**
     * #MF where an unmasked x87 exception is pending. Without CR0.NE a PC would raise IRQ 13; that
     * has been of no use since the 486 and is not modelled: #MF comes there, too.
     */
    static void waitFor(Cpu c) {
        if (c.x87.isPending()) {
            throw c.fault(GuestFault.MF, 0);
        }
    }

    /** The source; afterwards the unit is in MMX mode. */
    final long source(Cpu c) {
        enter(c);
        long v = mem ? c.ld(ea(c), bytes) : c.x87.mmx(rm);
        c.x87.enterMmx();
        return v;
    }
}
