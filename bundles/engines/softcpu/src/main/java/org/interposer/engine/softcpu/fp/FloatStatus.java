package org.interposer.engine.softcpu.fp;

/**
 * Control and status of one floating-point unit: MXCSR for the SSE operations, the control word's
 * masks, precision and rounding for the x87 operations. One object per unit, reused for ever.
 *
 * <p>An operation adds what it detects to {@link #raised()} and never looks at what is there
 * already. The caller runs all elements of an instruction, then asks {@link #settle()} once: it
 * makes the exceptions sticky and says whether an unmasked one forbids to write the destination.
 * The fast paths of {@link Float32} and {@link Float64} leave {@code raised} alone. One thread.
 */
public final class FloatStatus {
    /** Invalid operation. The bits are those of MXCSR and of the x87 status word. */
    public static final int INVALID = 1;

    /** Denormal operand. */
    public static final int DENORMAL = 2;

    /** Division of a finite number by zero. */
    public static final int ZERO_DIVIDE = 4;

    /** Result too large for the format. */
    public static final int OVERFLOW = 8;

    /** Result too small for the format. */
    public static final int UNDERFLOW = 16;

    /** Result not exact. */
    public static final int INEXACT = 32;

    /** All six exceptions. */
    public static final int ALL = 63;

    /** Those detected before the computation; unmasked, they prevent it (SDM 1, 4.9.2). */
    static final int BEFORE = INVALID | DENORMAL | ZERO_DIVIDE;

    /** Rounding control: to nearest, ties to even. */
    public static final int NEAREST = 0;

    /** Rounding control: towards negative infinity. */
    public static final int DOWN = 1;

    /** Rounding control: towards positive infinity. */
    public static final int UP = 2;

    /** Rounding control: towards zero. */
    public static final int TRUNCATE = 3;

    private static final int MXCSR_DAZ = 1 << 6;
    private static final int MXCSR_FTZ = 1 << 15;

    int rounding = NEAREST;

    /** Precision of the next EXTENDED result: 64 but for the operations that obey the control. */
    int precision = 64;

    /** Precision control: what FADD, FSUB, FMUL, FDIV and FSQRT round to. */
    int controlledPrecision = 64;

    int masks = ALL;
    boolean denormalsAreZero;
    boolean flushToZero;

    /** True where only INEXACT can come of normal operands and it would change nothing. */
    boolean fast;

    /** Whether an operand that was widened from binary32 or binary64 was denormal. */
    boolean denormalOperand;

    /** Sign and exponent of the last 80-bit result, whose significand the operation returned. */
    int signExponent;

    /** Whether the last rounding went away from zero. */
    boolean roundedUp;

    /** Low bits of the quotient of the last remainder. */
    int quotient;

    /** Whether the last remainder was only reduced in part. */
    boolean partial;

    int raised;
    private int sticky;

    /** A unit after reset: all exceptions masked, rounding to nearest, 64-bit precision. */
    public FloatStatus() {}

    /** Takes over an MXCSR value; reserved bits are the caller's to refuse. */
    public void loadMxcsr(int mxcsr) {
        sticky = mxcsr & ALL;
        masks = mxcsr >>> 7 & ALL;
        rounding = mxcsr >>> 13 & 3;
        denormalsAreZero = (mxcsr & MXCSR_DAZ) != 0;
        flushToZero = (mxcsr & MXCSR_FTZ) != 0;
        raised = 0;
        judge();
    }

    /** The MXCSR value. */
    public int mxcsr() {
        return sticky
                | masks << 7
                | rounding << 13
                | (denormalsAreZero ? MXCSR_DAZ : 0)
                | (flushToZero ? MXCSR_FTZ : 0);
    }

    /** Takes over masks, precision and rounding of an x87 control word. */
    void loadControlWord(int word) {
        masks = word & ALL;
        rounding = word >>> 10 & 3;
        int control = word >>> 8 & 3;
        // SDM 1, 8.1.5.2: 0 is 24 bits, 2 is 53; the reserved 1 behaves like 64.
        controlledPrecision = control == 0 ? 24 : control == 2 ? 53 : 64;
    }

    /** What the elements of the current instruction raised so far. */
    public int raised() {
        return raised;
    }

    /** Sign and exponent of the last 80-bit result. */
    public int signExponent() {
        return signExponent;
    }

    /** Whether the last rounding went away from zero (C1 of the x87 status word). */
    public boolean roundedUp() {
        return roundedUp;
    }

    /** The rounding control in force. */
    public int rounding() {
        return rounding;
    }

    /**
     * Ends an SSE instruction: makes what it raised sticky.
     *
     * @return true if an unmasked exception must be reported and the destination kept
     */
    public boolean settle() {
        int found = raised;
        if (found == 0) {
            return false;
        }
        raised = 0;
        if ((found & BEFORE & ~masks) != 0) {
            found &= BEFORE;
        }
        sticky |= found;
        judge();
        return (found & ~masks) != 0;
    }

    /** Forgets what the current instruction raised. */
    public void discard() {
        raised = 0;
    }

    void raise(int exceptions) {
        raised |= exceptions;
    }

    boolean masked(int exception) {
        return (masks & exception) != 0;
    }

    private void judge() {
        fast = rounding == NEAREST && (sticky & masks & INEXACT) != 0;
    }
}
