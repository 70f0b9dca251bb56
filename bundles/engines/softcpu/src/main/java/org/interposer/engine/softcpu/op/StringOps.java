package org.interposer.engine.softcpu.op;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Flags;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;
import org.interposer.engine.softcpu.mem.Host;
import org.interposer.engine.softcpu.sys.Segmentation;

/**
 * MOVS, CMPS, STOS, LODS, SCAS (SDM vol. 1 §7.3.9). Repeated ones work in bulk where source and
 * destination stay inside a page of RAM, else element by element; after a bounded number they
 * return themselves, so that an interrupt can come between with the registers up to date.
 */
final class StringOps {
    static final int MOVS = 0, CMPS = 1, STOS = 2, LODS = 3, SCAS = 4;

    private static final int REPNE = 0xf2;

    private StringOps() {}

    static Op make(Insn i, int kind, int size) {
        return new StringOp(i, kind, size);
    }

    private static final class StringOp extends Op {
        private static final int ELEMENTS_A_TURN = 1024;

        private final int kind;
        private final int size;
        private final int addrSize;
        private final int rep;
        private final int seg;

        StringOp(Insn i, int kind, int size) {
            super(i.off, i.length);
            this.kind = kind;
            this.size = size;
            addrSize = i.addrSize;
            rep = i.rep;
            seg = i.override >= 0 ? i.override : Cpu.DS;
        }

        @Override
        public Op exec(Cpu c) {
            long step = (c.fl & Flags.DF) != 0 ? -size : size;
            if (rep == 0) {
                element(c, step);
                return next;
            }
            Op then = repeat(c, step);
            Flags.setResume(c, then == this);
            return then;
        }

        /** A fault leaves the flags of the comparison before it, as seen on a processor. */
        private Op repeat(Cpu c, long step) {
            for (int n = 0; n < ELEMENTS_A_TURN; n++) {
                long left = Regs.get(c.r, Cpu.RCX, addrSize);
                if (left == 0) {
                    return next;
                }
                if (step > 0 && left > 4 && !c.leaving && addrSize == 8 && bulk(c, left)) {
                    // Another turn of the loop, for faults, interrupts and the next page.
                    return Regs.get(c.r, Cpu.RCX, addrSize) == 0 ? next : this;
                }
                element(c, step);
                Regs.set(c.r, Cpu.RCX, addrSize, left - 1);
                if (kind == CMPS || kind == SCAS) {
                    boolean equal = c.fr == 0;
                    if (equal == (rep == REPNE)) {
                        return next;
                    }
                }
                if (left == 1) {
                    return next;
                }
                if (c.leaving) {
                    break; // Something wants to be looked at between elements.
                }
            }
            return this;
        }

        private long source(Cpu c, boolean write) {
            long offset = Regs.get(c.r, Cpu.RSI, addrSize);
            if (c.code64()) {
                return seg >= Cpu.FS ? offset + c.r[Cpu.SEG_BASE + seg] : offset;
            }
            return Segmentation.linear(c, seg, offset, size, write);
        }

        private long destination(Cpu c, boolean write) {
            long offset = Regs.get(c.r, Cpu.RDI, addrSize);
            return c.code64() ? offset : Segmentation.linear(c, Cpu.ES, offset, size, write);
        }

        private void element(Cpu c, long step) {
            switch (kind) {
                case MOVS -> {
                    long v = c.ld(source(c, false), size);
                    c.st(destination(c, true), size, v);
                    advance(c, Cpu.RSI, step);
                    advance(c, Cpu.RDI, step);
                }
                case CMPS -> {
                    // In this order, which decides between two page faults.
                    long b = c.ld(destination(c, false), size);
                    long a = c.ld(source(c, false), size);
                    Alu.apply(c, Alu.CMP, size, a, b);
                    advance(c, Cpu.RSI, step);
                    advance(c, Cpu.RDI, step);
                }
                case STOS -> {
                    c.st(destination(c, true), size, c.r[Cpu.RAX]);
                    advance(c, Cpu.RDI, step);
                }
                case LODS -> {
                    Regs.set(c.r, Cpu.RAX, size, c.ld(source(c, false), size));
                    advance(c, Cpu.RSI, step);
                }
                default -> {
                    long b = c.ld(destination(c, false), size);
                    Alu.apply(c, Alu.CMP, size, Regs.get(c.r, Cpu.RAX, size), b);
                    advance(c, Cpu.RDI, step);
                }
            }
        }

        private void advance(Cpu c, int reg, long step) {
            Regs.set(c.r, reg, addrSize, c.r[reg] + step);
        }

        /** Moves or fills up to the end of a page at once; false where it must go by elements. */
        private boolean bulk(Cpu c, long left) {
            if (kind != MOVS && kind != STOS) {
                return false;
            }
            long to = destination(c, true);
            long bytes = 4096 - (to & 0xfff);
            bytes = left < 4096 ? Math.min(left * size, bytes) : bytes;
            long from = 0;
            if (kind == MOVS) {
                from = source(c, false);
                bytes = Math.min(bytes, 4096 - (from & 0xfff));
            }
            bytes -= bytes % size;
            if (bytes == 0) {
                return false;
            }
            long target = c.writable(to, (int) bytes);
            if (target == 0) {
                return false;
            }
            if (kind == STOS) {
                fill(target, bytes, c.r[Cpu.RAX]);
            } else {
                long origin = c.readable(from, (int) bytes);
                // An overlap that repeats a pattern must go forward by elements.
                if (origin == 0 || target > origin && target < origin + bytes) {
                    return false;
                }
                Host.copy(origin, target, bytes);
                c.r[Cpu.RSI] += bytes;
            }
            c.r[Cpu.RDI] += bytes;
            c.r[Cpu.RCX] = left - bytes / size;
            return true;
        }

        private void fill(long target, long bytes, long value) {
            if (size == 1 || value == 0) {
                Host.fill(target, bytes, (byte) value);
                return;
            }
            for (long at = 0; at < bytes; at += size) {
                Host.put(target + at, size, value);
            }
        }
    }
}
