package org.interposer.engine.softcpu.fp;

/**
 * binary32 arithmetic of SSE on raw bits. Each operation first tries Java's own arithmetic, which
 * IEEE 754 makes exact in the result, where the operands and the result are normal and an inexact
 * result would change no flag; everything else goes through {@link Arithmetic}.
 */
public final class Float32 {
    private static final int SIGN = Integer.MIN_VALUE;

    private Float32() {}

    /** a + b. */
    public static int add(int a, int b, FloatStatus s) {
        if (s.fast && isPlain(a) && isPlain(b)) {
            int r = raw(real(a) + real(b));
            if (isPlain(r)) {
                return r;
            }
        }
        return addSlowly(a, b, 0, s);
    }

    /** a - b. */
    public static int sub(int a, int b, FloatStatus s) {
        if (s.fast && isPlain(a) && isPlain(b)) {
            int r = raw(real(a) - real(b));
            if (isPlain(r)) {
                return r;
            }
        }
        return addSlowly(a, b, 0x8000, s);
    }

    private static int addSlowly(int first, int second, int negate, FloatStatus s) {
        int a = operand(first, s);
        int b = operand(second, s);
        s.denormalOperand = Float80.isDenormal32(a) || Float80.isDenormal32(b);
        long bSig = Float80.significand32(b);
        int bSe = Float80.signExponent32(b);
        // A NaN keeps its sign through a subtraction.
        bSe ^= Float80.isNan(bSig, bSe) ? 0 : negate;
        return (int)
                Arithmetic.add(
                        Float80.significand32(a),
                        Float80.signExponent32(a),
                        bSig,
                        bSe,
                        Format.BINARY32,
                        s);
    }

    /** a × b. */
    public static int mul(int a, int b, FloatStatus s) {
        if (s.fast && isPlain(a) && isPlain(b)) {
            float r = real(a) * real(b);
            if (isSettled(r) || (a & ~SIGN) == 0 || (b & ~SIGN) == 0) {
                return raw(r);
            }
        }
        return mulSlowly(a, b, s);
    }

    private static int mulSlowly(int first, int second, FloatStatus s) {
        int a = operand(first, s);
        int b = operand(second, s);
        s.denormalOperand = Float80.isDenormal32(a) || Float80.isDenormal32(b);
        return (int)
                Arithmetic.multiply(
                        Float80.significand32(a),
                        Float80.signExponent32(a),
                        Float80.significand32(b),
                        Float80.signExponent32(b),
                        Format.BINARY32,
                        s);
    }

    /** a ÷ b. */
    public static int div(int a, int b, FloatStatus s) {
        if (s.fast && isPlain(a) && isPlain(b)) {
            float r = real(a) / real(b);
            if (isSettled(r) || (a & ~SIGN) == 0 && (b & ~SIGN) != 0) {
                return raw(r);
            }
        }
        return divSlowly(a, b, s);
    }

    private static int divSlowly(int first, int second, FloatStatus s) {
        int a = operand(first, s);
        int b = operand(second, s);
        s.denormalOperand = Float80.isDenormal32(a) || Float80.isDenormal32(b);
        return (int)
                Arithmetic.divide(
                        Float80.significand32(a),
                        Float80.signExponent32(a),
                        Float80.significand32(b),
                        Float80.signExponent32(b),
                        Format.BINARY32,
                        s);
    }

    /** The square root. */
    public static int sqrt(int a, FloatStatus s) {
        if (s.fast && isPlain(a) && (a >= 0 || a == SIGN)) {
            return raw((float) Math.sqrt(real(a)));
        }
        int x = operand(a, s);
        s.denormalOperand = Float80.isDenormal32(x);
        return (int)
                Arithmetic.squareRoot(
                        Float80.significand32(x), Float80.signExponent32(x), Format.BINARY32, s);
    }

    /** The smaller; b if they are equal zeros or one is a NaN, as MINSS has it. */
    public static int min(int a, int b, FloatStatus s) {
        return relation(a, b, true, s) == Relation.LESS ? operand(a, s) : operand(b, s);
    }

    /** The larger; b if they are equal zeros or one is a NaN, as MAXSS has it. */
    public static int max(int a, int b, FloatStatus s) {
        return relation(a, b, true, s) == Relation.GREATER ? operand(a, s) : operand(b, s);
    }

    /**
     * CMPSS and its kin.
     *
     * @param predicate the immediate operand's low three bits
     * @return all ones if the predicate holds, else 0
     */
    public static int compare(int a, int b, int predicate, FloatStatus s) {
        int relation = relation(a, b, Relation.isSignaling(predicate), s);
        return Relation.holds(relation, predicate) ? -1 : 0;
    }

    /** COMISS: ZF, PF and CF at their places in EFLAGS; any NaN is invalid. */
    public static int comi(int a, int b, FloatStatus s) {
        return Relation.flags(relation(a, b, true, s));
    }

    /** UCOMISS: like {@link #comi}, but only a signalling NaN is invalid. */
    public static int ucomi(int a, int b, FloatStatus s) {
        return Relation.flags(relation(a, b, false, s));
    }

    private static int relation(int a, int b, boolean signaling, FloatStatus s) {
        if (isPlain(a) && isPlain(b)) {
            return Relation.of(real(a), real(b));
        }
        return relationSlowly(operand(a, s), operand(b, s), signaling, s);
    }

    private static int relationSlowly(int a, int b, boolean signaling, FloatStatus s) {
        float x = real(a);
        float y = real(b);
        if (x != x || y != y) {
            if (signaling || isSignalingNan(a) || isSignalingNan(b)) {
                s.raise(FloatStatus.INVALID);
            }
            return Relation.UNORDERED;
        }
        if (Float80.isDenormal32(a) || Float80.isDenormal32(b)) {
            s.raise(FloatStatus.DENORMAL);
        }
        return Relation.of(x, y);
    }

    /** Zero or a normal number. */
    static boolean isPlain(int bits) {
        return ((bits >>> 23) + 1 & 0xFF) > 1 || (bits & ~SIGN) == 0;
    }

    /** Finite, and too large to have been rounded up from a denormal. */
    private static boolean isSettled(float value) {
        float magnitude = Math.abs(value);
        return magnitude > Float.MIN_NORMAL && magnitude <= Float.MAX_VALUE;
    }

    static boolean isSignalingNan(int bits) {
        return (bits & ~SIGN) > 0x7F80_0000 && (bits & 0x40_0000) == 0;
    }

    /** The operand as the operation sees it: a denormal is zero where DAZ says so. */
    static int operand(int bits, FloatStatus s) {
        return s.denormalsAreZero && Float80.isDenormal32(bits) ? bits & SIGN : bits;
    }

    private static float real(int bits) {
        return Float.intBitsToFloat(bits);
    }

    private static int raw(float value) {
        return Float.floatToRawIntBits(value);
    }
}
