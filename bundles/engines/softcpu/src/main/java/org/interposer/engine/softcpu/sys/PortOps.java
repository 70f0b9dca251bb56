package org.interposer.engine.softcpu.sys;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.DebugRegisters;
import org.interposer.engine.softcpu.cpu.Flags;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;
import org.interposer.engine.softcpu.op.Regs;

/** Port I/O (SDM vol. 1 chapter 18). */
final class PortOps {
    /** Units that one turn of a repeated instruction moves before it lets others look. */
    private static final int MOST = 4096;

    private static final int DX = -1;
    private static final int WIDE = 1;

    private PortOps() {}

    private static int size(Insn i) {
        return (i.opcode & WIDE) == 0 ? 1 : i.opSize == 2 ? 2 : 4;
    }

    private static int dx(Cpu c) {
        return (int) c.r[Cpu.RDX] & 0xffff;
    }

    private static void watched(Cpu c, int port, int size) {
        if (DebugRegisters.watchesIo(c)) {
            DebugRegisters.io(c, port, size);
        }
    }

    /** IN. */
    static final class In extends Op {
        private final int port;
        private final int size;

        In(Insn i, boolean immediate) {
            super(i.off, i.length);
            port = immediate ? (int) i.imm & 0xff : DX;
            size = size(i);
        }

        @Override
        public Op exec(Cpu c) {
            int at = port == DX ? dx(c) : port;
            Tss.checkPort(c, at, size);
            Regs.set(c.r, Cpu.RAX, size, c.env.portRead(at, size));
            watched(c, at, size);
            return next;
        }
    }

    /** OUT. */
    static final class Out extends Op {
        private final int port;
        private final int size;

        Out(Insn i, boolean immediate) {
            super(i.off, i.length);
            port = immediate ? (int) i.imm & 0xff : DX;
            size = size(i);
        }

        @Override
        public Op exec(Cpu c) {
            int at = port == DX ? dx(c) : port;
            Tss.checkPort(c, at, size);
            c.env.portWrite(at, size, Regs.get(c.r, Cpu.RAX, size));
            watched(c, at, size);
            return next;
        }
    }

    /** INS and OUTS, repeated or not; registers are right after each unit, so faults restart it. */
    static final class Text extends Op {
        private final boolean in;
        private final boolean repeated;
        private final int size;
        private final int addrSize;
        private final long mask;
        private final int seg;

        Text(Insn i, boolean in) {
            super(i.off, i.length);
            this.in = in;
            repeated = i.rep != 0;
            size = size(i);
            addrSize = i.addrSize;
            mask = addrSize == 8 ? -1 : (1L << addrSize * 8) - 1;
            seg = in ? Cpu.ES : i.override >= 0 ? i.override : Cpu.DS;
        }

        @Override
        public Op exec(Cpu c) {
            int port = dx(c);
            if (!repeated) {
                Tss.checkPort(c, port, size);
                unit(c, port);
                return next;
            }
            // Also for no repetition at all, as processors do; the SDM leaves it open.
            Tss.checkPort(c, port, size);
            if ((c.r[Cpu.RCX] & mask) == 0) {
                return next;
            }
            Op then = repeat(c, port);
            Flags.setResume(c, then == this);
            return then;
        }

        private Op repeat(Cpu c, int port) {
            int most = (c.fl & Flags.TF) != 0 ? 1 : MOST;
            for (int n = 0; n < most; n++) {
                unit(c, port);
                long left = c.r[Cpu.RCX] - 1 & mask;
                Regs.set(c.r, Cpu.RCX, addrSize, left);
                if (left == 0) {
                    return next;
                }
                if (c.leaving) {
                    break;
                }
            }
            return this;
        }

        private void unit(Cpu c, int port) {
            int register = in ? Cpu.RDI : Cpu.RSI;
            long offset = c.r[register] & mask;
            long va = Segmentation.address(c, seg, offset, size, in);
            if (in) {
                // The port is read only when its value can be stored.
                c.mmu.probeWrite(va, size);
                c.st(va, size, c.env.portRead(port, size));
            } else {
                c.env.portWrite(port, size, c.ld(va, size));
            }
            watched(c, port, size);
            int step = (c.fl & Flags.DF) != 0 ? -size : size;
            Regs.set(c.r, register, addrSize, offset + step);
        }
    }
}
