package org.interposer.engine.softcpu.op;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Flags;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;

/** BT BTS BTR BTC, BSF BSR, POPCNT, BSWAP, CRC32. */
final class BitOps {
    static final int TEST = 0, SET = 1, RESET = 2, COMPLEMENT = 3;

    private static final int CRC32C = 0x82f6_3b78;

    private BitOps() {}

    /** 0F BA /4–/7. */
    static Op byConstant(Insn i, int kind) {
        return new BitConstant(i, kind);
    }

    /** 0F A3, AB, B3, BB. */
    static Op byRegister(Insn i, int kind) {
        return i.isMem ? new BitString(i, kind) : new BitRegister(i, kind);
    }

    static Op scan(Insn i, boolean forward) {
        return new Scan(i, forward);
    }

    static Op count(Insn i) {
        return new Count(i);
    }

    static Op swap(Insn i) {
        return new Swap(i);
    }

    /** F2 0F 38 F0, F1. */
    static Op crc(Insn i, int size) {
        return new Crc(i, size);
    }

    private static long change(int kind, long v, long mask) {
        return switch (kind) {
            case SET -> v | mask;
            case RESET -> v & ~mask;
            case COMPLEMENT -> v ^ mask;
            default -> v;
        };
    }

    private static final class BitConstant extends RmOp {
        private final byte kind;
        private final long mask;

        BitConstant(Insn i, int kind) {
            super(i, i.opSize, kind != TEST);
            this.kind = (byte) kind;
            mask = 1L << (i.imm & size * 8 - 1);
        }

        @Override
        protected long modify(Cpu c, long v) {
            Flags.setCf(c, (v & mask) != 0);
            return change(kind, v, mask);
        }

        @Override
        public Op exec(Cpu c) {
            if (kind == TEST) {
                modify(c, read(c));
            } else {
                update(c);
            }
            return ConditionalBranch.after(next, c);
        }
    }

    private static final class BitRegister extends RmOp {
        private final byte kind;
        private final int index;

        BitRegister(Insn i, int kind) {
            super(i, i.opSize, kind != TEST);
            this.kind = (byte) kind;
            index = i.reg;
        }

        @Override
        public Op exec(Cpu c) {
            long v = read(c);
            long mask = 1L << (c.r[index] & size * 8 - 1);
            Flags.setCf(c, (v & mask) != 0);
            if (kind != TEST) {
                write(c, change(kind, v, mask));
            }
            return ConditionalBranch.after(next, c);
        }
    }

    /** The register is a signed index into a string of bits that begins at the operand. */
    private static final class BitString extends RmOp {
        private final byte kind;
        private final int index;
        private final boolean locked;
        private long mask;

        BitString(Insn i, int kind) {
            super(i, i.opSize, kind != TEST);
            this.kind = (byte) kind;
            index = i.reg;
            locked = i.lock;
        }

        @Override
        protected long modify(Cpu c, long v) {
            Flags.setCf(c, (v & mask) != 0);
            return change(kind, v, mask);
        }

        @Override
        public Op exec(Cpu c) {
            long bit = Alu.extend(size, c.r[index]);
            mask = 1L << (bit & size * 8 - 1);
            long va = ea(c, (bit >> 3) & -size, size);
            if (kind == TEST) {
                modify(c, c.ld(va, size));
            } else {
                update(c, va, locked);
            }
            return ConditionalBranch.after(next, c);
        }
    }

    /** A zero operand leaves the register as it is and sets ZF. */
    private static final class Scan extends RmOp {
        private final boolean forward;
        private final byte to;

        Scan(Insn i, boolean forward) {
            super(i, i.opSize, false);
            this.forward = forward;
            to = i.reg;
        }

        @Override
        public Op exec(Cpu c) {
            long v = read(c);
            if (v == 0) {
                Flags.setArithmetic(c, Flags.ZF | Flags.PF);
                return next;
            }
            long found =
                    forward ? Long.numberOfTrailingZeros(v) : 63 - Long.numberOfLeadingZeros(v);
            Regs.set(c.r, to, size, found);
            Flags.setArithmetic(c, 0);
            return next;
        }
    }

    private static final class Count extends RmOp {
        private final byte to;

        Count(Insn i) {
            super(i, i.opSize, false);
            to = i.reg;
        }

        @Override
        public Op exec(Cpu c) {
            long v = read(c);
            Regs.set(c.r, to, size, Long.bitCount(v));
            Flags.setArithmetic(c, v == 0 ? Flags.ZF : 0);
            return next;
        }
    }

    private static final class Swap extends Op {
        private final byte reg;
        private final int size;

        Swap(Insn i) {
            super(i.off, i.length);
            reg = i.opcodeReg();
            size = i.opSize;
        }

        @Override
        public Op exec(Cpu c) {
            long v = c.r[reg];
            switch (size) {
                case 8 -> c.r[reg] = Long.reverseBytes(v);
                case 4 -> c.r[reg] = Integer.reverseBytes((int) v) & 0xffff_ffffL;
                default -> c.r[reg] = v & ~0xffffL; // Undefined; common processors give 0.
            }
            return next;
        }
    }

    private static final class Crc extends RmOp {
        private final byte to;

        Crc(Insn i, int size) {
            super(i, size, false);
            to = i.reg;
        }

        @Override
        public Op exec(Cpu c) {
            long v = read(c);
            int crc = (int) c.r[to];
            for (int n = 0; n < size; n++) {
                crc ^= (int) (v >>> n * 8) & 0xff;
                for (int bit = 0; bit < 8; bit++) {
                    crc = crc >>> 1 ^ ((crc & 1) != 0 ? CRC32C : 0);
                }
            }
            c.r[to] = crc & 0xffff_ffffL;
            return next;
        }
    }
}
