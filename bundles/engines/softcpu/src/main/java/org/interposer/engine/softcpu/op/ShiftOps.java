package org.interposer.engine.softcpu.op;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Flags;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;

/** ROL ROR RCL RCR SHL SHR SAR, SHLD, SHRD. */
final class ShiftOps {
    static final int ROL = 0, ROR = 1, RCL = 2, RCR = 3, SHL = 4, SHR = 5, SAL = 6, SAR = 7;

    private ShiftOps() {}

    /** C0, C1, D0, D1: by a constant. */
    static Op byConstant(Insn i, int size, int count) {
        int masked = count & (size == 8 ? 63 : 31);
        if (!i.isMem && size >= 4 && masked != 0) {
            switch (i.ext()) {
                case SHL, SAL -> {
                    return new ShiftLeft(i, size, masked);
                }
                case SHR -> {
                    return new ShiftRight(i, size, masked);
                }
                case SAR -> {
                    return new ShiftArithmetic(i, size, masked);
                }
                default -> {
                    // Rotations: below.
                }
            }
        }
        return new Shift(i, size, masked);
    }

    /** D2, D3: by CL. */
    static Op byCounter(Insn i, int size) {
        return new Shift(i, size, -1);
    }

    /** 0F A4, A5, AC, AD. */
    static Op twice(Insn i, boolean left, boolean byCounter) {
        return new Double(i, left, byCounter ? -1 : (int) i.imm);
    }

    private static void result(Cpu c, long extended, boolean cf, boolean of) {
        c.fr = extended;
        c.fc = (cf ? 1L << 63 : 0) | (cf != of ? 1L << 62 : 0);
    }

    private static long left(Cpu c, int size, long v, int count) {
        int bits = size * 8;
        long extended = Alu.extend(size, v << count);
        boolean cf = count <= bits && (v >>> bits - count & 1) != 0;
        result(c, extended, cf, cf != extended < 0);
        return extended;
    }

    private static long right(Cpu c, int size, long v, int count) {
        long shifted = v >>> count;
        boolean cf = (v >>> count - 1 & 1) != 0;
        result(c, Alu.extend(size, shifted), cf, (v >>> size * 8 - 1 & 1) != 0);
        return shifted;
    }

    private static long arithmetic(Cpu c, int size, long v, int count) {
        long extended = Alu.extend(size, v);
        boolean cf = (extended >> Math.min(count - 1, 63) & 1) != 0;
        long shifted = extended >> Math.min(count, 63);
        result(c, shifted, cf, false);
        return shifted;
    }

    private static final class ShiftLeft extends Op {
        private final byte to;
        private final byte size;
        private final byte count;

        ShiftLeft(Insn i, int size, int count) {
            super(i.off, i.length);
            to = i.rm;
            this.size = (byte) size;
            this.count = (byte) count;
        }

        @Override
        public Op exec(Cpu c) {
            long[] r = c.r;
            if (size == 8) {
                long v = r[to];
                long shifted = v << count;
                r[to] = shifted;
                long carry = v << count - 1;
                c.fr = shifted;
                // CF is the bit above the result's sign; CF xor OF is the sign.
                c.fc = carry & 1L << 63 | shifted >>> 1 & 1L << 62;
            } else {
                long v = (r[to] & 0xffff_ffffL) << count;
                r[to] = v & 0xffff_ffffL;
                c.fr = (int) v;
                c.fc = v << 31 & 1L << 63 | v << 31 & 1L << 62;
            }
            return next;
        }
    }

    private static final class ShiftRight extends Op {
        private final byte to;
        private final byte size;
        private final byte count;

        ShiftRight(Insn i, int size, int count) {
            super(i.off, i.length);
            to = i.rm;
            this.size = (byte) size;
            this.count = (byte) count;
        }

        @Override
        public Op exec(Cpu c) {
            long[] r = c.r;
            r[to] = right(c, size, size == 8 ? r[to] : r[to] & 0xffff_ffffL, count);
            return next;
        }
    }

    private static final class ShiftArithmetic extends Op {
        private final byte to;
        private final byte size;
        private final byte count;

        ShiftArithmetic(Insn i, int size, int count) {
            super(i.off, i.length);
            to = i.rm;
            this.size = (byte) size;
            this.count = (byte) count;
        }

        @Override
        public Op exec(Cpu c) {
            long[] r = c.r;
            long v = arithmetic(c, size, r[to], count);
            r[to] = size == 8 ? v : v & 0xffff_ffffL;
            return next;
        }
    }

    /** Any shift or rotation; a count of −1 stands for CL. */
    private static final class Shift extends RmOp {
        private final byte kind;
        private final byte constant;

        Shift(Insn i, int size, int count) {
            super(i, size, true);
            kind = (byte) i.ext();
            constant = (byte) count;
        }

        @Override
        protected long modify(Cpu c, long v) {
            int count = count(c);
            return switch (kind) {
                case ROL -> rotate(c, v, count, true);
                case ROR -> rotate(c, v, count, false);
                case RCL -> rotateCarry(c, v, count % (size * 8 + 1), true);
                case RCR -> rotateCarry(c, v, count % (size * 8 + 1), false);
                case SHR -> right(c, size, v, count);
                case SAR -> arithmetic(c, size, v, count);
                default -> left(c, size, v, count);
            };
        }

        private int count(Cpu c) {
            return constant >= 0 ? constant : (int) c.r[Cpu.RCX] & (size == 8 ? 63 : 31);
        }

        @Override
        public Op exec(Cpu c) {
            if (count(c) == 0) {
                // Flags stay; memory is read and written all the same, a 32-bit register extended.
                if (mem) {
                    c.mmu.probeWrite(ea(c), size);
                } else {
                    write(c, read(c));
                }
                return next;
            }
            update(c);
            return next;
        }

        private long rotate(Cpu c, long v, int count, boolean left) {
            int bits = size * 8;
            int n = count % bits;
            n = left || n == 0 ? n : bits - n;
            long mask = bits == 64 ? -1L : (1L << bits) - 1;
            long turned = n == 0 ? v : (v << n | v >>> bits - n) & mask;
            boolean top = (turned >>> bits - 1 & 1) != 0;
            boolean second = (turned >>> bits - 2 & 1) != 0;
            boolean cf = left ? (turned & 1) != 0 : top;
            Flags.setCfOf(c, cf, left ? top != cf : top != second);
            return turned;
        }

        private long rotateCarry(Cpu c, long v, int count, boolean left) {
            int bits = size * 8;
            long turned = v;
            boolean cf = Flags.cf(c);
            for (int n = 0; n < count; n++) {
                if (left) {
                    boolean out = (turned >>> bits - 1 & 1) != 0;
                    turned = turned << 1 | (cf ? 1 : 0);
                    cf = out;
                } else {
                    boolean out = (turned & 1) != 0;
                    turned = (bits == 64 ? turned : turned & (1L << bits) - 1) >>> 1;
                    turned |= cf ? 1L << bits - 1 : 0;
                    cf = out;
                }
            }
            boolean top = (turned >>> bits - 1 & 1) != 0;
            boolean second = (turned >>> bits - 2 & 1) != 0;
            Flags.setCfOf(c, cf, left ? top != cf : top != second);
            return turned;
        }
    }

    private static final class Double extends RmOp {
        private final boolean left;
        private final byte constant;
        private final byte reg;

        Double(Insn i, boolean left, int count) {
            super(i, i.opSize, true);
            this.left = left;
            constant = (byte) (count < 0 && !isByConstant(i) ? -1 : count & (size == 8 ? 63 : 31));
            reg = i.reg;
        }

        private static boolean isByConstant(Insn i) {
            return (i.opcode & 1) == 0;
        }

        private int count(Cpu c) {
            return constant >= 0 ? constant : (int) c.r[Cpu.RCX] & (size == 8 ? 63 : 31);
        }

        @Override
        public Op exec(Cpu c) {
            if (count(c) == 0) {
                if (mem) {
                    c.mmu.probeWrite(ea(c), size);
                } else {
                    write(c, read(c));
                }
                return next;
            }
            update(c);
            return next;
        }

        @Override
        protected long modify(Cpu c, long v) {
            int count = count(c);
            int bits = size * 8;
            long fill = Regs.get(c.r, reg, size);
            if (bits == 16) {
                return narrow(c, v, fill, count);
            }
            long shifted =
                    left ? v << count | fill >>> bits - count : v >>> count | fill << bits - count;
            boolean cf = (v >>> (left ? bits - count : count - 1) & 1) != 0;
            long extended = Alu.extend(size, shifted);
            result(c, extended, cf, (extended < 0) != (Alu.extend(size, v) < 0));
            return shifted;
        }

        /** Counts above 16 are undefined; here the operands turn round, as on common processors. */
        private long narrow(Cpu c, long v, long fill, int count) {
            long wide = v << 32 | fill << 16 | v;
            long shifted;
            boolean cf;
            if (left) {
                shifted = wide << count >>> 32 & 0xffff;
                cf = (wide >>> 48 - count & 1) != 0;
            } else {
                shifted = wide >>> count & 0xffff;
                cf = (wide >>> count - 1 & 1) != 0;
            }
            long extended = (short) shifted;
            result(c, extended, cf, (extended < 0) != ((short) v < 0));
            return shifted;
        }
    }
}
