package org.interposer.engine.softcpu.fp;

/** The conversions of SSE to SSE4.1 on raw bits. */
public final class Convert {
    private static final int ROUND_BY_MXCSR = 4;
    private static final int NO_INEXACT = 8;

    private Convert() {}

    /** CVTSI2SS from 32 or (sign-extended) 64 bits. */
    public static int integerToF32(long value, FloatStatus s) {
        if (s.fast) {
            return Float.floatToRawIntBits((float) value);
        }
        long sig = Integers.significand(value);
        return (int) Arithmetic.round(sig, Integers.signExponent(value), Format.BINARY32, s);
    }

    /** CVTSI2SD from 32 or (sign-extended) 64 bits. */
    public static long integerToF64(long value, FloatStatus s) {
        if (s.fast || (int) value == value) {
            return Double.doubleToRawLongBits((double) value);
        }
        long sig = Integers.significand(value);
        return Arithmetic.round(sig, Integers.signExponent(value), Format.BINARY64, s);
    }

    /** CVTSS2SI or, with {@link FloatStatus#TRUNCATE}, CVTTSS2SI to 32 bits. */
    public static int f32ToInt32(int bits, int rounding, FloatStatus s) {
        return (int) f32ToInteger(bits, 32, rounding, s);
    }

    /** CVTSS2SI or, with {@link FloatStatus#TRUNCATE}, CVTTSS2SI to 64 bits. */
    public static long f32ToInt64(int bits, int rounding, FloatStatus s) {
        return f32ToInteger(bits, 64, rounding, s);
    }

    /** CVTSD2SI or, with {@link FloatStatus#TRUNCATE}, CVTTSD2SI to 32 bits. */
    public static int f64ToInt32(long bits, int rounding, FloatStatus s) {
        double value = Double.longBitsToDouble(bits);
        int whole = (int) value;
        if (whole == value || s.fast && rounding == FloatStatus.TRUNCATE && isInt32(value)) {
            return whole;
        }
        return (int) f64ToInteger(bits, 32, rounding, s);
    }

    /** CVTSD2SI or, with {@link FloatStatus#TRUNCATE}, CVTTSD2SI to 64 bits. */
    public static long f64ToInt64(long bits, int rounding, FloatStatus s) {
        double value = Double.longBitsToDouble(bits);
        if (s.fast && rounding == FloatStatus.TRUNCATE && Math.abs(value) < 0x1p63) {
            return (long) value;
        }
        return f64ToInteger(bits, 64, rounding, s);
    }

    private static boolean isInt32(double value) {
        return value > -0x1p31 && value < 0x1p31;
    }

    private static long f32ToInteger(int bits, int width, int rounding, FloatStatus s) {
        int x = Float32.operand(bits, s);
        return Integers.toInteger(
                Float80.significand32(x), Float80.signExponent32(x), width, rounding, s);
    }

    private static long f64ToInteger(long bits, int width, int rounding, FloatStatus s) {
        long x = Float64.operand(bits, s);
        return Integers.toInteger(
                Float80.significand64(x), Float80.signExponent64(x), width, rounding, s);
    }

    /** CVTSS2SD. */
    public static long f32ToF64(int bits, FloatStatus s) {
        if (Float32.isPlain(bits)) {
            return Double.doubleToRawLongBits(Float.intBitsToFloat(bits));
        }
        int x = Float32.operand(bits, s);
        s.denormalOperand = Float80.isDenormal32(x);
        return narrow(Float80.significand32(x), Float80.signExponent32(x), Format.BINARY64, s);
    }

    /** CVTSD2SS. */
    public static int f64ToF32(long bits, FloatStatus s) {
        if (s.fast && Float64.isPlain(bits)) {
            float narrowed = (float) Double.longBitsToDouble(bits);
            float magnitude = Math.abs(narrowed);
            if (magnitude > Float.MIN_NORMAL && magnitude <= Float.MAX_VALUE || bits << 1 == 0) {
                return Float.floatToRawIntBits(narrowed);
            }
        }
        long x = Float64.operand(bits, s);
        s.denormalOperand = Float80.isDenormal64(x);
        long sig = Float80.significand64(x);
        return (int) narrow(sig, Float80.signExponent64(x), Format.BINARY32, s);
    }

    /** Converts to a shorter format by the rules of SSE and of FST, which are the same. */
    static long narrow(long sig, int se, Format f, FloatStatus s) {
        if (Arithmetic.hasNoNumber(sig, se, 0, 0)) {
            return Arithmetic.noNumber(sig, se, 0, 0, f, s);
        }
        if (Float80.isInfinite(sig, se)) {
            return f.infinity(se >>> 15, s);
        }
        if (s.denormalOperand) {
            s.raise(FloatStatus.DENORMAL);
            if (!s.masked(FloatStatus.DENORMAL)) {
                return f.zero(0, s);
            }
        }
        return Arithmetic.round(sig, se, f, s);
    }

    /** ROUNDSS, with its immediate operand. */
    public static int roundF32(int bits, int immediate, FloatStatus s) {
        int x = Float32.operand(bits, s);
        long sig = Float80.significand32(x);
        return (int) round(sig, Float80.signExponent32(x), immediate, Format.BINARY32, s);
    }

    /** ROUNDSD, with its immediate operand. */
    public static long roundF64(long bits, int immediate, FloatStatus s) {
        long x = Float64.operand(bits, s);
        long sig = Float80.significand64(x);
        return round(sig, Float80.signExponent64(x), immediate, Format.BINARY64, s);
    }

    private static long round(long sig, int se, int immediate, Format f, FloatStatus s) {
        if (Float80.isNan(sig, se)) {
            return Arithmetic.noNumber(sig, se, 0, 0, f, s);
        }
        if (Float80.isInfinite(sig, se)) {
            return f.infinity(se >>> 15, s);
        }
        int rounding = (immediate & ROUND_BY_MXCSR) != 0 ? s.rounding : immediate & 3;
        int before = s.raised;
        long result = Integers.toIntegral(sig, se, rounding, f, s);
        if ((immediate & NO_INEXACT) != 0) {
            s.raised = before;
        }
        return result;
    }
}
