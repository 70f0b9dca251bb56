package org.interposer.engine.softcpu.simd;

import org.interposer.engine.softcpu.cpu.Control;
import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.GuestFault;
import org.interposer.engine.softcpu.decode.Insn;
import org.interposer.engine.softcpu.mem.Host;
import org.interposer.engine.softcpu.op.MemOp;

/**
 * An SSE instruction: ModRM.reg is an XMM register, ModRM.rm another or memory. An operand in
 * memory is loaded into slot {@link Cpu#XMM_TEMP}, from where on both forms are the same.
 */
abstract class XmmOp extends MemOp {
    static final long LOW = 0xffff_ffffL;
    static final long HIGH = ~LOW;

    final boolean mem;

    /** Slot of the low half of the register in ModRM.reg. */
    final int d;

    /** Slot of the low half of the register in ModRM.rm, where that is none in memory. */
    final int rm;

    private final long misaligned;

    /** With a source of 16 bytes, aligned. */
    XmmOp(Insn i) {
        this(i, 16, true, false);
    }

    /** With a smaller source, or one that need not be aligned. */
    XmmOp(Insn i, int bytes) {
        this(i, bytes, false, false);
    }

    XmmOp(Insn i, int bytes, boolean aligned, boolean writes) {
        super(i, bytes, writes);
        mem = i.isMem;
        d = 2 * i.reg;
        rm = 2 * i.rm;
        misaligned = aligned ? 15 : 0;
    }

    /** #UD or #NM, before anything else. */
    static void enter(Cpu c) {
        if (c.sseTrap != 0) {
            throw c.fault(c.sseTrap, 0);
        }
    }

    /** Slot of the low half of the 16-byte source. */
    final int source(Cpu c) {
        enter(c);
        if (!mem) {
            return rm;
        }
        load16(c, address(c), Cpu.XMM_TEMP);
        return Cpu.XMM_TEMP;
    }

    /** Low 8 bytes of the source. */
    final long source8(Cpu c) {
        enter(c);
        return mem ? c.ld64(ea(c)) : c.xmm[rm];
    }

    /** Low 4 bytes of the source. */
    final int source4(Cpu c) {
        enter(c);
        return mem ? c.ld32(ea(c)) : (int) c.xmm[rm];
    }

    /** Linear address of the operand, after the check of its alignment. */
    final long address(Cpu c) {
        long va = ea(c);
        if ((va & misaligned) != 0) {
            throw c.protection();
        }
        return va;
    }

    static void load16(Cpu c, long va, int slot) {
        long[] x = c.xmm;
        long host = c.readable(va, 16);
        if (host != 0) {
            x[slot] = Host.get64(host);
            x[slot + 1] = Host.get64(host + 8);
            return;
        }
        long low = c.ld64(va);
        x[slot + 1] = c.ld64(second(c, va));
        x[slot] = low;
    }

    static void store16(Cpu c, long va, int slot) {
        long[] x = c.xmm;
        long host = c.writable(va, 16);
        if (host != 0) {
            Host.put64(host, x[slot]);
            Host.put64(host + 8, x[slot + 1]);
            return;
        }
        c.mmu.probeWrite(va, 16); // A fault of the second half must find the first unwritten.
        c.st64(va, x[slot]);
        c.st64(second(c, va), x[slot + 1]);
    }

    private static long second(Cpu c, long va) {
        return c.code64() ? va + 8 : va + 8 & LOW;
    }

    /** Ends the arithmetic of an instruction, before it writes its destination: flags, #XM. */
    static void settle(Cpu c) {
        if (c.sse.settle()) {
            boolean expected = (c.cr4 & Control.CR4_OSXMMEXCPT) != 0;
            throw c.fault(expected ? GuestFault.XM : GuestFault.UD, 0);
        }
    }
}
