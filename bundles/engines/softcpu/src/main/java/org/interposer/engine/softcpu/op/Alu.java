package org.interposer.engine.softcpu.op;

import org.interposer.engine.softcpu.cpu.Cpu;

/** Integer arithmetic: results, and the flags in the form that {@code Flags} describes. */
final class Alu {
    /** Operations by their number in the opcode. */
    static final int ADD = 0, OR = 1, ADC = 2, SBB = 3, AND = 4, SUB = 5, XOR = 6, CMP = 7;

    /** TEST, as one more. */
    static final int TEST = 8;

    private static final long CARRIES = 0xC000_0000_0000_0008L;
    private static final long LOW = 0x3fff_ffff_ffff_ffffL;

    private Alu() {}

    static long add64(Cpu c, long a, long b) {
        long s = a + b;
        c.fc = (a & b | (a | b) & ~s) & CARRIES;
        c.fr = s;
        return s;
    }

    static long adc64(Cpu c, long a, long b) {
        long s = a + b + (c.fc >>> 63);
        c.fc = (a & b | (a | b) & ~s) & CARRIES;
        c.fr = s;
        return s;
    }

    static long sub64(Cpu c, long a, long b) {
        long d = a - b;
        c.fc = (~a & b | ~(a ^ b) & d) & CARRIES;
        c.fr = d;
        return d;
    }

    static long sbb64(Cpu c, long a, long b) {
        long d = a - b - (c.fc >>> 63);
        c.fc = (~a & b | ~(a ^ b) & d) & CARRIES;
        c.fr = d;
        return d;
    }

    static long logic64(Cpu c, long v) {
        c.fc = 0;
        c.fr = v;
        return v;
    }

    static long and64(Cpu c, long a, long b) {
        return logic64(c, a & b);
    }

    static long or64(Cpu c, long a, long b) {
        return logic64(c, a | b);
    }

    static long xor64(Cpu c, long a, long b) {
        return logic64(c, a ^ b);
    }

    static int add32(Cpu c, int a, int b) {
        int s = a + b;
        setSum(c, a & b | (a | b) & ~s, s);
        return s;
    }

    static int adc32(Cpu c, int a, int b) {
        int s = a + b + (int) (c.fc >>> 63);
        setSum(c, a & b | (a | b) & ~s, s);
        return s;
    }

    static int sub32(Cpu c, int a, int b) {
        int d = a - b;
        setSum(c, ~a & b | ~(a ^ b) & d, d);
        return d;
    }

    static int sbb32(Cpu c, int a, int b) {
        int d = a - b - (int) (c.fc >>> 63);
        setSum(c, ~a & b | ~(a ^ b) & d, d);
        return d;
    }

    private static void setSum(Cpu c, int carries, int result) {
        c.fc = (long) carries << 32 | carries & 8;
        c.fr = result;
    }

    static int logic32(Cpu c, int v) {
        c.fc = 0;
        c.fr = v;
        return v;
    }

    static int and32(Cpu c, int a, int b) {
        return logic32(c, a & b);
    }

    static int or32(Cpu c, int a, int b) {
        return logic32(c, a | b);
    }

    static int xor32(Cpu c, int a, int b) {
        return logic32(c, a ^ b);
    }

    /** An operation of any size; the result's higher bits are those of the sign. */
    static long apply(Cpu c, int kind, int size, long a, long b) {
        return switch (kind) {
            case ADD -> sum(c, size, a, b, a + b);
            case ADC -> sum(c, size, a, b, a + b + (c.fc >>> 63));
            case SUB, CMP -> difference(c, size, a, b, a - b);
            case SBB -> difference(c, size, a, b, a - b - (c.fc >>> 63));
            case OR -> logic(c, size, a | b);
            case XOR -> logic(c, size, a ^ b);
            default -> logic(c, size, a & b);
        };
    }

    static long extend(int size, long v) {
        int unused = 64 - size * 8;
        return v << unused >> unused;
    }

    private static long sum(Cpu c, int size, long a, long b, long s) {
        return carries(c, size, a & b | (a | b) & ~s, s);
    }

    private static long difference(Cpu c, int size, long a, long b, long d) {
        return carries(c, size, ~a & b | ~(a ^ b) & d, d);
    }

    private static long carries(Cpu c, int size, long carries, long result) {
        int unused = 64 - size * 8;
        c.fc = carries << unused & ~LOW | carries & 8;
        c.fr = result << unused >> unused;
        return c.fr;
    }

    static long logic(Cpu c, int size, long v) {
        c.fc = 0;
        c.fr = extend(size, v);
        return c.fr;
    }

    /** INC: as ADD of 1, but CF stays. */
    static long inc(Cpu c, int size, long a) {
        long carry = c.fc & 1L << 63;
        long result = sum(c, size, a, 1, a + 1);
        keepCarry(c, carry);
        return result;
    }

    /** DEC: as SUB of 1, but CF stays. */
    static long dec(Cpu c, int size, long a) {
        long carry = c.fc & 1L << 63;
        long result = difference(c, size, a, 1, a - 1);
        keepCarry(c, carry);
        return result;
    }

    /** Puts CF back and leaves OF, which is its difference to the bit below. */
    private static void keepCarry(Cpu c, long carry) {
        if ((c.fc ^ carry) < 0) {
            c.fc ^= 3L << 62;
        }
    }
}
