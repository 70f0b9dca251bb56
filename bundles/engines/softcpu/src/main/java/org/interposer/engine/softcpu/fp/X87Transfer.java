package org.interposer.engine.softcpu.fp;

/**
 * Loads and stores. A store to memory comes in three steps, so that a page fault between them
 * changes nothing: compute the bits ({@code fst…}), ask {@link #isStored} and write them, then
 * {@link #endStore}.
 */
abstract class X87Transfer extends X87State {
    private static final int MEMORY_STOPS =
            FloatStatus.BEFORE | FloatStatus.OVERFLOW | FloatStatus.UNDERFLOW;

    private int storedExponent;

    /** FLD m32. */
    public final void fldF32(int bits) {
        begin();
        s.denormalOperand = Float80.isDenormal32(bits);
        load(Float80.significand32(bits), Float80.signExponent32(bits));
    }

    /** FLD m64. */
    public final void fldF64(long bits) {
        begin();
        s.denormalOperand = Float80.isDenormal64(bits);
        load(Float80.significand64(bits), Float80.signExponent64(bits));
    }

    private void load(long sig, int se) {
        if (!isEmpty(7)) {
            pushResult(overflow(), s.signExponent);
            return;
        }
        if (Float80.isNan(sig, se)) {
            pushResult(Arithmetic.noNumber(sig, se, 0, 0, Format.EXTENDED, s), s.signExponent);
            return;
        }
        if (s.denormalOperand) {
            s.raise(FloatStatus.DENORMAL);
        }
        pushResult(sig, se);
    }

    /** FLD m80. */
    public final void fldF80(long sig, int se) {
        begin();
        pushChecked(sig, se);
    }

    /** FLD ST(i). */
    public final void fld(int i) {
        begin();
        if (isEmpty(i)) {
            pushResult(underflow(), s.signExponent);
            return;
        }
        pushChecked(significand(i), signExponent(i));
    }

    /** FILD of an integer, sign-extended. */
    public final void fild(long value) {
        begin();
        pushChecked(Integers.significand(value), Integers.signExponent(value));
    }

    /** FBLD: the lower 64 and the upper 16 bits. */
    public final void fbld(long low, int high) {
        begin();
        long magnitude = Decimal.magnitude(low, high);
        int se = Integers.signExponent(magnitude) | high & 0x8000;
        pushChecked(Integers.significand(magnitude), se);
    }

    /** FLD1, FLDL2T, FLDL2E, FLDPI, FLDLG2, FLDLN2, FLDZ: 0 to 6, as their opcodes count. */
    public final void fldConstant(int index) {
        begin();
        pushChecked(Constants.significand(index, s.rounding), Constants.signExponent(index));
    }

    private void pushChecked(long sig, int se) {
        if (isEmpty(7)) {
            pushResult(sig, se);
        } else {
            pushResult(overflow(), s.signExponent);
        }
    }

    private void pushResult(long sig, int se) {
        conclude();
        // Unlike elsewhere, an unmasked denormal does not keep a load from happening.
        if ((s.raised & FloatStatus.INVALID & ~s.masks) == 0) {
            push(sig, se);
        }
    }

    /** FST and FSTP to ST(i). */
    public final void fst(int i, boolean pop) {
        begin();
        long sig = isEmpty(0) ? underflow() : significand(0);
        int se = isEmpty(0) ? s.signExponent : signExponent(0);
        conclude();
        if (!isBlocked()) {
            write(i, sig, se);
            if (pop) {
                pop();
            }
        }
    }

    /** FST m32: the bits to store. */
    public final int fstF32() {
        begin();
        Format f = Format.BINARY32;
        return (int)
                (isEmpty(0)
                        ? memoryUnderflow(f)
                        : Convert.narrow(significand(0), signExponent(0), f, s));
    }

    /** FST m64: the bits to store. */
    public final long fstF64() {
        begin();
        Format f = Format.BINARY64;
        return isEmpty(0)
                ? memoryUnderflow(f)
                : Convert.narrow(significand(0), signExponent(0), f, s);
    }

    private long memoryUnderflow(Format f) {
        underflow();
        return f.invalid(s);
    }

    /** FSTP m80: the significand to store; {@link #storedExponent} has the rest. */
    public final long fstF80() {
        begin();
        if (isEmpty(0)) {
            long nan = underflow();
            storedExponent = s.signExponent;
            return nan;
        }
        storedExponent = signExponent(0);
        return significand(0);
    }

    /** FBSTP: the lower 64 bits to store; {@link #storedExponent} has the rest. */
    public final long fbst() {
        begin();
        if (isEmpty(0)) {
            underflow();
        }
        // An empty register counts as a number that no decimal can hold.
        int se = isEmpty(0) ? Float80.SPECIAL : signExponent(0);
        long low = Decimal.pack(significand(0), se, s);
        storedExponent = s.signExponent;
        return low;
    }

    /** The upper 16 of the 80 bits that FSTP m80 and FBSTP store. */
    public final int storedExponent() {
        return storedExponent;
    }

    /** FIST to 16, 32 or 64 bits: the integer to store. */
    public final long fist(int width) {
        return fist(width, s.rounding);
    }

    /** FISTTP to 16, 32 or 64 bits: the integer to store. */
    public final long fistt(int width) {
        return fist(width, FloatStatus.TRUNCATE);
    }

    private long fist(int width, int rounding) {
        begin();
        if (isEmpty(0)) {
            underflow();
            return -1L << width - 1;
        }
        return Integers.toInteger(significand(0), signExponent(0), width, rounding, s);
    }

    /** Whether the memory operand is written; an unmasked exception of the store forbids it. */
    public final boolean isStored() {
        return (s.raised & MEMORY_STOPS & ~s.masks) == 0;
    }

    /** Ends a store to memory: makes its exceptions known and pops if it succeeded. */
    public final void endStore(boolean pop) {
        if ((s.raised & ~s.masks & (FloatStatus.OVERFLOW | FloatStatus.UNDERFLOW)) != 0) {
            s.raised &= ~FloatStatus.INEXACT;
            s.roundedUp = false;
        }
        conclude();
        if (pop && isStored()) {
            pop();
        }
    }
}
