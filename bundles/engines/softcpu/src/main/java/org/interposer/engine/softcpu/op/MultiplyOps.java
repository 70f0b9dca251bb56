package org.interposer.engine.softcpu.op;

import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.GuestFault;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Insn;

/** MUL, IMUL, DIV, IDIV. */
final class MultiplyOps {
    private MultiplyOps() {}

    /** F6, F7 /4 and /5. */
    static Op wide(Insn i, int size, boolean signed) {
        return size == 8 && !signed ? new Multiply64(i) : new Multiply(i, size, signed);
    }

    /** F6, F7 /6 and /7. */
    static Op divide(Insn i, int size, boolean signed) {
        return new Divide(i, size, signed);
    }

    /** 0F AF: the register times the operand. */
    static Op byRegister(Insn i) {
        return new SignedByOperand(i, false);
    }

    /** 69, 6B: the operand times an immediate. */
    static Op byImmediate(Insn i) {
        return new SignedByOperand(i, true);
    }

    private static long unsignedHigh(long a, long b) {
        return Math.multiplyHigh(a, b) + (a >> 63 & b) + (b >> 63 & a);
    }

    /** SF, ZF, PF are undefined: of the low half, as common processors have it. */
    private static void flags(Cpu c, long low, boolean overflow) {
        c.fr = low;
        c.fc = overflow ? 1L << 63 : 0;
    }

    private static final class Multiply64 extends RmOp {
        Multiply64(Insn i) {
            super(i, 8, false);
        }

        @Override
        public Op exec(Cpu c) {
            long b = read(c);
            long a = c.r[Cpu.RAX];
            long high = unsignedHigh(a, b);
            c.r[Cpu.RAX] = a * b;
            c.r[Cpu.RDX] = high;
            flags(c, a * b, high != 0);
            return next;
        }
    }

    private static final class Multiply extends RmOp {
        private final boolean signed;

        Multiply(Insn i, int size, boolean signed) {
            super(i, size, false);
            this.signed = signed;
        }

        @Override
        public Op exec(Cpu c) {
            long b = read(c);
            long[] r = c.r;
            if (size == 8) {
                long a = r[Cpu.RAX];
                long high = Math.multiplyHigh(a, b);
                r[Cpu.RAX] = a * b;
                r[Cpu.RDX] = high;
                flags(c, a * b, high != a * b >> 63);
                return next;
            }
            long a = Regs.get(r, Cpu.RAX, size);
            long product = signed ? Alu.extend(size, a) * Alu.extend(size, b) : a * b;
            long low = Alu.extend(size, product);
            long high = product >>> size * 8;
            if (size == 1) {
                Regs.set(r, Cpu.RAX, 2, product);
            } else {
                Regs.set(r, Cpu.RAX, size, product);
                Regs.set(r, Cpu.RDX, size, high);
            }
            flags(c, low, signed ? product != low : high != 0);
            return next;
        }
    }

    private static final class SignedByOperand extends RmOp {
        private final byte to;
        private final boolean byImmediate;
        private final long imm;

        SignedByOperand(Insn i, boolean byImmediate) {
            super(i, i.opSize, false);
            to = i.reg;
            this.byImmediate = byImmediate;
            imm = i.imm;
        }

        @Override
        public Op exec(Cpu c) {
            long b = Alu.extend(size, read(c));
            long a = byImmediate ? imm : Alu.extend(size, c.r[to]);
            long product = a * b;
            if (size == 8) {
                c.r[to] = product;
                flags(c, product, Math.multiplyHigh(a, b) != product >> 63);
            } else {
                long low = Alu.extend(size, product);
                Regs.set(c.r, to, size, product);
                flags(c, low, product != low);
            }
            return next;
        }
    }

    private static final class Divide extends RmOp {
        private final boolean signed;

        Divide(Insn i, int size, boolean signed) {
            super(i, size, false);
            this.signed = signed;
        }

        @Override
        public Op exec(Cpu c) {
            long divisor = read(c);
            if (divisor == 0) {
                throw c.fault(GuestFault.DE, 0);
            }
            if (size == 8) {
                divide64(c, divisor);
            } else {
                divideSmall(c, divisor);
            }
            return next;
        }

        private void divideSmall(Cpu c, long rawDivisor) {
            long[] r = c.r;
            int bits = size * 8;
            long dividend =
                    size == 1
                            ? r[Cpu.RAX] & 0xffff
                            : Regs.get(r, Cpu.RDX, size) << bits | Regs.get(r, Cpu.RAX, size);
            long quotient;
            long rest;
            if (signed) {
                long wide = Alu.extend(size * 2, dividend);
                long divisor = Alu.extend(size, rawDivisor);
                if (divisor == -1 && wide == Long.MIN_VALUE) {
                    throw c.fault(GuestFault.DE, 0);
                }
                quotient = wide / divisor;
                rest = wide % divisor;
                if (quotient != Alu.extend(size, quotient)) {
                    throw c.fault(GuestFault.DE, 0);
                }
            } else {
                quotient = Long.divideUnsigned(dividend, rawDivisor);
                rest = Long.remainderUnsigned(dividend, rawDivisor);
                if (quotient >>> bits != 0) {
                    throw c.fault(GuestFault.DE, 0);
                }
            }
            if (size == 1) {
                Regs.set(r, Cpu.RAX, 2, quotient & 0xff | rest << 8);
            } else {
                Regs.set(r, Cpu.RAX, size, quotient);
                Regs.set(r, Cpu.RDX, size, rest);
            }
        }

        private void divide64(Cpu c, long divisor) {
            long[] r = c.r;
            long high = r[Cpu.RDX];
            long low = r[Cpu.RAX];
            if (!signed) {
                divideUnsigned(c, high, low, divisor);
                return;
            }
            if (high == low >> 63 && !(low == Long.MIN_VALUE && divisor == -1)) {
                r[Cpu.RAX] = low / divisor;
                r[Cpu.RDX] = low % divisor;
                return;
            }
            boolean negative = high < 0;
            long h = negative ? ~high + (low == 0 ? 1 : 0) : high;
            long l = negative ? -low : low;
            long d = Math.abs(divisor);
            if (Long.compareUnsigned(h, d) >= 0) {
                throw c.fault(GuestFault.DE, 0);
            }
            long quotient = quotient(h, l, d);
            long rest = l - quotient * d;
            boolean minus = negative != divisor < 0;
            // A magnitude of 2^63 fits only a negative quotient.
            if (quotient < 0 && !(minus && quotient == Long.MIN_VALUE)) {
                throw c.fault(GuestFault.DE, 0);
            }
            r[Cpu.RAX] = minus ? -quotient : quotient;
            r[Cpu.RDX] = negative ? -rest : rest;
        }

        private static void divideUnsigned(Cpu c, long high, long low, long divisor) {
            if (Long.compareUnsigned(high, divisor) >= 0) {
                throw c.fault(GuestFault.DE, 0);
            }
            long quotient =
                    high == 0 ? Long.divideUnsigned(low, divisor) : quotient(high, low, divisor);
            c.r[Cpu.RAX] = quotient;
            c.r[Cpu.RDX] = low - quotient * divisor;
        }

        /** 128 by 64 bits, high below the divisor: a bit at a time. */
        private static long quotient(long high, long low, long divisor) {
            long rest = high;
            long bits = low;
            for (int n = 0; n < 64; n++) {
                boolean carry = rest < 0;
                rest = rest << 1 | bits >>> 63;
                bits <<= 1;
                if (carry || Long.compareUnsigned(rest, divisor) >= 0) {
                    rest -= divisor;
                    bits |= 1;
                }
            }
            return bits;
        }
    }
}
