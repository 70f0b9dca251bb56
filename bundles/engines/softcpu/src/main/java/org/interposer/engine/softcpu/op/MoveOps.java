package org.interposer.engine.softcpu.op;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;

/** MOV of 32 and 64 bits, its narrow forms with memory, LEA. */
final class MoveOps {
    private MoveOps() {}

    /** 89 and 8B. */
    static Op make(Insn i, boolean toReg, int size) {
        if (!i.isMem) {
            return registers(i, toReg ? i.reg : i.rm, toReg ? i.rm : i.reg, size);
        }
        if (toReg) {
            return load(i, size);
        }
        return store(i, size);
    }

    static Op registers(Insn i, byte to, byte from, int size) {
        return switch (size) {
            case 8 -> new RegReg64(i, to, from);
            case 4 -> new RegReg32(i, to, from);
            default -> new RegRegNarrow(i, to, from, size);
        };
    }

    static Op load(Insn i, int size) {
        return switch (size) {
            case 8 -> new Load64(i);
            case 4 -> new Load32(i);
            case 2 -> new Load16(i);
            default -> new Load8(i);
        };
    }

    private static Op store(Insn i, int size) {
        return switch (size) {
            case 8 -> new Store64(i);
            case 4 -> new Store32(i);
            case 2 -> new Store16(i);
            default -> new Store8(i);
        };
    }

    /** C6, C7. */
    static Op immediate(Insn i, int size) {
        if (!i.isMem) {
            return constant(i, Regs.number(i, i.rm, size), i.imm, size);
        }
        return switch (size) {
            case 8 -> new StoreImm64(i);
            case 4 -> new StoreImm32(i);
            default -> new StoreImmNarrow(i, size);
        };
    }

    /** A register gets a constant. */
    static Op constant(Insn i, byte to, long value, int size) {
        return size >= 4
                ? new Constant(i, to, size == 4 ? value & 0xffff_ffffL : value)
                : new ConstantNarrow(i, to, value, size);
    }

    static Op lea(Insn i) {
        return i.opSize == 8 && i.addrSize == 8 ? new Lea64(i) : new Lea(i);
    }

    private static final class RegReg64 extends Op {
        private final byte to;
        private final byte from;

        RegReg64(Insn i, byte to, byte from) {
            super(i.off, i.length);
            this.to = to;
            this.from = from;
        }

        @Override
        public Op exec(Cpu c) {
            c.r[to] = c.r[from];
            return next;
        }
    }

    private static final class RegReg32 extends Op {
        private final byte to;
        private final byte from;

        RegReg32(Insn i, byte to, byte from) {
            super(i.off, i.length);
            this.to = to;
            this.from = from;
        }

        @Override
        public Op exec(Cpu c) {
            c.r[to] = c.r[from] & 0xffff_ffffL;
            return next;
        }
    }

    private static final class RegRegNarrow extends Op {
        private final byte to;
        private final byte from;
        private final byte size;

        RegRegNarrow(Insn i, byte to, byte from, int size) {
            super(i.off, i.length);
            this.to = Regs.number(i, to, size);
            this.from = Regs.number(i, from, size);
            this.size = (byte) size;
        }

        @Override
        public Op exec(Cpu c) {
            Regs.set(c.r, to, size, Regs.get(c.r, from, size));
            return next;
        }
    }

    private static final class Constant extends Op {
        private final byte to;
        private final long value;

        Constant(Insn i, byte to, long value) {
            super(i.off, i.length);
            this.to = to;
            this.value = value;
        }

        @Override
        public Op exec(Cpu c) {
            c.r[to] = value;
            return next;
        }
    }

    private static final class ConstantNarrow extends Op {
        private final byte to;
        private final long value;
        private final byte size;

        ConstantNarrow(Insn i, byte to, long value, int size) {
            super(i.off, i.length);
            this.to = to;
            this.value = value;
            this.size = (byte) size;
        }

        @Override
        public Op exec(Cpu c) {
            Regs.set(c.r, to, size, value);
            return next;
        }
    }

    private static final class Load64 extends MemOp {
        private final byte to;

        Load64(Insn i) {
            super(i, 8, false);
            to = i.reg;
        }

        @Override
        public Op exec(Cpu c) {
            c.r[to] = c.ld64(ea(c));
            return next;
        }
    }

    private static final class Load32 extends MemOp {
        private final byte to;

        Load32(Insn i) {
            super(i, 4, false);
            to = i.reg;
        }

        @Override
        public Op exec(Cpu c) {
            c.r[to] = c.ld32(ea(c)) & 0xffff_ffffL;
            return next;
        }
    }

    private static final class Load16 extends MemOp {
        private final byte to;

        Load16(Insn i) {
            super(i, 2, false);
            to = i.reg;
        }

        @Override
        public Op exec(Cpu c) {
            int v = c.ld16(ea(c));
            c.r[to] = c.r[to] & ~0xffffL | v;
            return next;
        }
    }

    private static final class Load8 extends MemOp {
        private final byte to;

        Load8(Insn i) {
            super(i, 1, false);
            to = Regs.number(i, i.reg, 1);
        }

        @Override
        public Op exec(Cpu c) {
            int v = c.ld8(ea(c));
            Regs.set(c.r, to, 1, v);
            return next;
        }
    }

    private static final class Store64 extends MemOp {
        private final byte from;

        Store64(Insn i) {
            super(i, 8, true);
            from = i.reg;
        }

        @Override
        public Op exec(Cpu c) {
            c.st64(ea(c), c.r[from]);
            return next;
        }
    }

    private static final class Store32 extends MemOp {
        private final byte from;

        Store32(Insn i) {
            super(i, 4, true);
            from = i.reg;
        }

        @Override
        public Op exec(Cpu c) {
            c.st32(ea(c), (int) c.r[from]);
            return next;
        }
    }

    private static final class Store16 extends MemOp {
        private final byte from;

        Store16(Insn i) {
            super(i, 2, true);
            from = i.reg;
        }

        @Override
        public Op exec(Cpu c) {
            c.st16(ea(c), (int) c.r[from]);
            return next;
        }
    }

    private static final class Store8 extends MemOp {
        private final byte from;

        Store8(Insn i) {
            super(i, 1, true);
            from = Regs.number(i, i.reg, 1);
        }

        @Override
        public Op exec(Cpu c) {
            c.st8(ea(c), (int) Regs.get(c.r, from, 1));
            return next;
        }
    }

    private static final class StoreImm64 extends MemOp {
        private final long value;

        StoreImm64(Insn i) {
            super(i, 8, true);
            value = i.imm;
        }

        @Override
        public Op exec(Cpu c) {
            c.st64(ea(c), value);
            return next;
        }
    }

    private static final class StoreImm32 extends MemOp {
        private final int value;

        StoreImm32(Insn i) {
            super(i, 4, true);
            value = (int) i.imm;
        }

        @Override
        public Op exec(Cpu c) {
            c.st32(ea(c), value);
            return next;
        }
    }

    private static final class StoreImmNarrow extends MemOp {
        private final long value;
        private final byte size;

        StoreImmNarrow(Insn i, int size) {
            super(i, size, true);
            value = i.imm;
            this.size = (byte) size;
        }

        @Override
        public Op exec(Cpu c) {
            c.st(ea(c), size, value);
            return next;
        }
    }

    private static final class Lea64 extends MemOp {
        private final byte to;
        private final boolean segmented;

        Lea64(Insn i) {
            super(i, 8, false);
            to = i.reg;
            segmented = i.override >= 0;
        }

        @Override
        public Op exec(Cpu c) {
            long v = sum(c);
            c.r[to] = segmented ? v - c.r[Cpu.SEG_BASE + seg] : v;
            return next;
        }
    }

    private static final class Lea extends MemOp {
        private final byte to;
        private final byte size;
        private final boolean segmented;

        Lea(Insn i) {
            super(i, 8, false);
            to = i.reg;
            size = (byte) i.opSize;
            segmented = i.simple && i.override >= 0;
        }

        @Override
        public Op exec(Cpu c) {
            long v = offset(c);
            if (segmented) {
                v -= c.r[Cpu.SEG_BASE + seg];
            }
            Regs.set(c.r, to, size, v);
            return next;
        }
    }
}
