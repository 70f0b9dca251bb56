package org.interposer.engine.softcpu.fp;

/**
 * binary64 arithmetic of SSE on raw bits. Each operation first tries Java's own arithmetic, which
 * IEEE 754 makes exact in the result, where the operands and the result are normal and an inexact
 * result would change no flag; everything else goes through {@link Arithmetic}.
 */
public final class Float64 {
    private static final long SIGN = Long.MIN_VALUE;

    private Float64() {}

    /** a + b. */
    public static long add(long a, long b, FloatStatus s) {
        if (s.fast && isPlain(a) && isPlain(b)) {
            long r = raw(real(a) + real(b));
            if (isPlain(r)) {
                return r;
            }
        }
        return addSlowly(a, b, 0, s);
    }

    /** a - b. */
    public static long sub(long a, long b, FloatStatus s) {
        if (s.fast && isPlain(a) && isPlain(b)) {
            long r = raw(real(a) - real(b));
            if (isPlain(r)) {
                return r;
            }
        }
        return addSlowly(a, b, 0x8000, s);
    }

    private static long addSlowly(long first, long second, int negate, FloatStatus s) {
        long a = operand(first, s);
        long b = operand(second, s);
        s.denormalOperand = Float80.isDenormal64(a) || Float80.isDenormal64(b);
        long bSig = Float80.significand64(b);
        int bSe = Float80.signExponent64(b);
        // A NaN keeps its sign through a subtraction.
        bSe ^= Float80.isNan(bSig, bSe) ? 0 : negate;
        return Arithmetic.add(
                Float80.significand64(a), Float80.signExponent64(a), bSig, bSe, Format.BINARY64, s);
    }

    /** a × b. */
    public static long mul(long a, long b, FloatStatus s) {
        if (s.fast && isPlain(a) && isPlain(b)) {
            double r = real(a) * real(b);
            if (isSettled(r) || (a & ~SIGN) == 0 || (b & ~SIGN) == 0) {
                return raw(r);
            }
        }
        return mulSlowly(a, b, s);
    }

    private static long mulSlowly(long first, long second, FloatStatus s) {
        long a = operand(first, s);
        long b = operand(second, s);
        s.denormalOperand = Float80.isDenormal64(a) || Float80.isDenormal64(b);
        return Arithmetic.multiply(
                Float80.significand64(a),
                Float80.signExponent64(a),
                Float80.significand64(b),
                Float80.signExponent64(b),
                Format.BINARY64,
                s);
    }

    /** a ÷ b. */
    public static long div(long a, long b, FloatStatus s) {
        if (s.fast && isPlain(a) && isPlain(b)) {
            double r = real(a) / real(b);
            if (isSettled(r) || (a & ~SIGN) == 0 && (b & ~SIGN) != 0) {
                return raw(r);
            }
        }
        return divSlowly(a, b, s);
    }

    private static long divSlowly(long first, long second, FloatStatus s) {
        long a = operand(first, s);
        long b = operand(second, s);
        s.denormalOperand = Float80.isDenormal64(a) || Float80.isDenormal64(b);
        return Arithmetic.divide(
                Float80.significand64(a),
                Float80.signExponent64(a),
                Float80.significand64(b),
                Float80.signExponent64(b),
                Format.BINARY64,
                s);
    }

    /** The square root. */
    public static long sqrt(long a, FloatStatus s) {
        if (s.fast && isPlain(a) && (a >= 0 || a == SIGN)) {
            return raw(Math.sqrt(real(a)));
        }
        long x = operand(a, s);
        s.denormalOperand = Float80.isDenormal64(x);
        return Arithmetic.squareRoot(
                Float80.significand64(x), Float80.signExponent64(x), Format.BINARY64, s);
    }

    /** The smaller; b if they are equal zeros or one is a NaN, as MINSD has it. */
    public static long min(long a, long b, FloatStatus s) {
        return relation(a, b, true, s) == Relation.LESS ? operand(a, s) : operand(b, s);
    }

    /** The larger; b if they are equal zeros or one is a NaN, as MAXSD has it. */
    public static long max(long a, long b, FloatStatus s) {
        return relation(a, b, true, s) == Relation.GREATER ? operand(a, s) : operand(b, s);
    }

    /**
     * CMPSD and its kin.
     *
     * @param predicate the immediate operand's low three bits
     * @return all ones if the predicate holds, else 0
     */
    public static long compare(long a, long b, int predicate, FloatStatus s) {
        int relation = relation(a, b, Relation.isSignaling(predicate), s);
        return Relation.holds(relation, predicate) ? -1 : 0;
    }

    /** COMISD: ZF, PF and CF at their places in EFLAGS; any NaN is invalid. */
    public static int comi(long a, long b, FloatStatus s) {
        return Relation.flags(relation(a, b, true, s));
    }

    /** UCOMISD: like {@link #comi}, but only a signalling NaN is invalid. */
    public static int ucomi(long a, long b, FloatStatus s) {
        return Relation.flags(relation(a, b, false, s));
    }

    private static int relation(long a, long b, boolean signaling, FloatStatus s) {
        if (isPlain(a) && isPlain(b)) {
            return Relation.of(real(a), real(b));
        }
        return relationSlowly(operand(a, s), operand(b, s), signaling, s);
    }

    private static int relationSlowly(long a, long b, boolean signaling, FloatStatus s) {
        double x = real(a);
        double y = real(b);
        if (x != x || y != y) {
            if (signaling || isSignalingNan(a) || isSignalingNan(b)) {
                s.raise(FloatStatus.INVALID);
            }
            return Relation.UNORDERED;
        }
        if (Float80.isDenormal64(a) || Float80.isDenormal64(b)) {
            s.raise(FloatStatus.DENORMAL);
        }
        return Relation.of(x, y);
    }

    /** Zero or a normal number. */
    static boolean isPlain(long bits) {
        return ((bits >>> 52) + 1 & 0x7FF) > 1 || (bits & ~SIGN) == 0;
    }

    /** Finite, and too large to have been rounded up from a denormal. */
    private static boolean isSettled(double value) {
        double magnitude = Math.abs(value);
        return magnitude > Double.MIN_NORMAL && magnitude <= Double.MAX_VALUE;
    }

    static boolean isSignalingNan(long bits) {
        return (bits & ~SIGN) > 0x7FF0_0000_0000_0000L && (bits & 0x8_0000_0000_0000L) == 0;
    }

    /** The operand as the operation sees it: a denormal is zero where DAZ says so. */
    static long operand(long bits, FloatStatus s) {
        return s.denormalsAreZero && Float80.isDenormal64(bits) ? bits & SIGN : bits;
    }

    private static double real(long bits) {
        return Double.longBitsToDouble(bits);
    }

    private static long raw(double value) {
        return Double.doubleToRawLongBits(value);
    }
}
