package org.interposer.engine.softcpu.op;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Flags;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;
import org.interposer.engine.softcpu.mem.Host;

/** XCHG, XADD, CMPXCHG, CMPXCHG8B and CMPXCHG16B. */
final class ExchangeOps {
    private ExchangeOps() {}

    static Op exchange(Insn i, int size) {
        return new Exchange(i, size);
    }

    /** 90–97: with the accumulator. */
    static Op accumulator(Insn i) {
        return new Accumulator(i);
    }

    static Op add(Insn i, int size) {
        return new ExchangeAdd(i, size);
    }

    static Op compare(Insn i, int size) {
        return new Compare(i, size);
    }

    /** 0F C7 /1. */
    static Op compareWide(Insn i) {
        return i.opSize == 8 ? new Compare16(i) : new Compare8(i);
    }

    /** Atomic with memory, with and without LOCK (SDM vol. 3 §8.1.2.1). */
    private static final class Exchange extends RmOp {
        private final byte reg;
        private long old;

        Exchange(Insn i, int size) {
            super(i, size, true);
            reg = Regs.number(i, i.reg, size);
        }

        @Override
        protected long modify(Cpu c, long v) {
            old = v;
            return Regs.get(c.r, reg, size);
        }

        @Override
        public Op exec(Cpu c) {
            if (mem) {
                update(c, ea(c), true);
                Regs.set(c.r, reg, size, old);
            } else {
                long v = read(c);
                write(c, Regs.get(c.r, reg, size));
                Regs.set(c.r, reg, size, v);
            }
            return next;
        }
    }

    private static final class Accumulator extends Op {
        private final byte reg;
        private final int size;

        Accumulator(Insn i) {
            super(i.off, i.length);
            reg = i.opcodeReg();
            size = i.opSize;
        }

        @Override
        public Op exec(Cpu c) {
            long v = Regs.get(c.r, reg, size);
            Regs.set(c.r, reg, size, Regs.get(c.r, Cpu.RAX, size));
            Regs.set(c.r, Cpu.RAX, size, v);
            return next;
        }
    }

    private static final class ExchangeAdd extends RmOp {
        private final byte reg;
        private long old;

        ExchangeAdd(Insn i, int size) {
            super(i, size, true);
            reg = Regs.number(i, i.reg, size);
        }

        @Override
        protected long modify(Cpu c, long v) {
            old = v;
            return Alu.apply(c, Alu.ADD, size, v, Regs.get(c.r, reg, size));
        }

        @Override
        public Op exec(Cpu c) {
            if (mem) {
                update(c);
                Regs.set(c.r, reg, size, old);
            } else {
                long v = read(c);
                long sum = modify(c, v);
                // The sum is written last, also where both are the same register.
                Regs.set(c.r, reg, size, v);
                write(c, sum);
            }
            return next;
        }
    }

    private static final class Compare extends RmOp {
        private final byte reg;
        private long old;

        Compare(Insn i, int size) {
            super(i, size, true);
            reg = Regs.number(i, i.reg, size);
        }

        /** Memory is written in any case, with what it held when the comparison fails. */
        @Override
        protected long modify(Cpu c, long v) {
            old = v;
            Alu.apply(c, Alu.CMP, size, Regs.get(c.r, Cpu.RAX, size), v);
            return c.fr == 0 ? Regs.get(c.r, reg, size) : v;
        }

        @Override
        public Op exec(Cpu c) {
            if (mem) {
                update(c);
            } else {
                long v = modify(c, read(c));
                if (c.fr == 0) {
                    write(c, v);
                }
            }
            if (c.fr != 0) {
                Regs.set(c.r, Cpu.RAX, size, old);
            }
            return next;
        }
    }

    private static void setZero(Cpu c, boolean zero) {
        long others = Flags.arithmetic(c) & ~Flags.ZF;
        Flags.setArithmetic(c, others | (zero ? Flags.ZF : 0));
    }

    private static final class Compare8 extends MemOp {
        Compare8(Insn i) {
            super(i, 8, true);
        }

        @Override
        public Op exec(Cpu c) {
            long[] r = c.r;
            long va = ea(c);
            long expected = r[Cpu.RDX] << 32 | r[Cpu.RAX] & 0xffff_ffffL;
            long wanted = r[Cpu.RCX] << 32 | r[Cpu.RBX] & 0xffff_ffffL;
            long old = c.mmu.loadForWrite(va, 8);
            long host = c.writable(va, 8);
            if (host == 0) {
                c.mmu.exclusively(() -> swapSlowly(c, va, expected, wanted));
            } else {
                boolean done = Host.compareAndSet(host, 8, expected, wanted);
                while (!done) {
                    old = Host.get64(host);
                    if (old != expected) {
                        break;
                    }
                    done = Host.compareAndSet(host, 8, expected, wanted);
                }
                finish(c, done ? expected : old, expected);
            }
            return next;
        }

        private static void swapSlowly(Cpu c, long va, long expected, long wanted) {
            long old = c.mmu.loadForWrite(va, 8);
            c.st64(va, old == expected ? wanted : old);
            finish(c, old, expected);
        }

        private static void finish(Cpu c, long old, long expected) {
            setZero(c, old == expected);
            if (old != expected) {
                c.r[Cpu.RAX] = old & 0xffff_ffffL;
                c.r[Cpu.RDX] = old >>> 32;
            }
        }
    }

    /** Java has no swap of 128 bits: nobody else runs meanwhile. */
    private static final class Compare16 extends MemOp {
        Compare16(Insn i) {
            super(i, 16, true);
        }

        @Override
        public Op exec(Cpu c) {
            long va = ea(c);
            if ((va & 15) != 0) {
                throw c.protection();
            }
            c.mmu.probeWrite(va, 8);
            c.mmu.exclusively(() -> swap(c, va));
            return next;
        }

        private static void swap(Cpu c, long va) {
            long[] r = c.r;
            long low = c.mmu.loadForWrite(va, 8);
            long high = c.mmu.loadForWrite(va + 8, 8);
            boolean same = low == r[Cpu.RAX] && high == r[Cpu.RDX];
            c.st64(va, same ? r[Cpu.RBX] : low);
            c.st64(va + 8, same ? r[Cpu.RCX] : high);
            setZero(c, same);
            if (!same) {
                r[Cpu.RAX] = low;
                r[Cpu.RDX] = high;
            }
        }
    }
}
