package org.interposer.engine.softcpu.fp;

/**
 * Arithmetic and comparison. An operation is named by the reg field of its opcode: {@link #ADD},
 * {@link #MUL}, {@link #SUB} (ST(0) − operand), {@link #SUBR} (operand − ST(0)), {@link #DIV},
 * {@link #DIVR}. That holds for D8, DC, DE, DA and DE alike, wherever the result goes.
 */
abstract class X87Arithmetic extends X87Transfer {
    /** ST(0) + operand. */
    public static final int ADD = 0;

    /** ST(0) × operand. */
    public static final int MUL = 1;

    /** ST(0) − operand. */
    public static final int SUB = 4;

    /** Operand − ST(0). */
    public static final int SUBR = 5;

    /** ST(0) ÷ operand. */
    public static final int DIV = 6;

    /** Operand ÷ ST(0). */
    public static final int DIVR = 7;

    /** ST(0) and ST(i), result to ST(0). */
    public final void arithmetic(int operation, int i) {
        between(operation, i, 0, false);
    }

    /** ST(0) and ST(i), result to ST(i), perhaps with a pop. */
    public final void arithmeticTo(int operation, int i, boolean pop) {
        between(operation, i, i, pop);
    }

    private void between(int operation, int i, int destination, boolean pop) {
        begin();
        long sig =
                isEmpty(0) || isEmpty(i)
                        ? underflow()
                        : compute(operation, significand(i), signExponent(i));
        finish(destination, sig, pop);
    }

    /** ST(0) and a binary32 memory operand. */
    public final void arithmeticF32(int operation, int bits) {
        begin();
        s.denormalOperand = Float80.isDenormal32(bits);
        withMemory(operation, Float80.significand32(bits), Float80.signExponent32(bits));
    }

    /** ST(0) and a binary64 memory operand. */
    public final void arithmeticF64(int operation, long bits) {
        begin();
        s.denormalOperand = Float80.isDenormal64(bits);
        withMemory(operation, Float80.significand64(bits), Float80.signExponent64(bits));
    }

    /** ST(0) and an integer memory operand, sign-extended. */
    public final void arithmeticInteger(int operation, long value) {
        begin();
        withMemory(operation, Integers.significand(value), Integers.signExponent(value));
    }

    private void withMemory(int operation, long sig, int se) {
        finish(0, isEmpty(0) ? underflow() : compute(operation, sig, se), false);
    }

    /** FSQRT. */
    public final void fsqrt() {
        begin();
        long sig = 0;
        if (isEmpty(0)) {
            sig = underflow();
        } else {
            s.precision = s.controlledPrecision;
            sig = Arithmetic.squareRoot(significand(0), signExponent(0), Format.EXTENDED, s);
            s.precision = 64;
        }
        finish(0, sig, false);
    }

    private long compute(int operation, long bSig, int bSe) {
        s.precision = s.controlledPrecision;
        long sig = compute(operation, significand(0), signExponent(0), bSig, bSe);
        s.precision = 64;
        return sig;
    }

    private long compute(int operation, long aSig, int aSe, long bSig, int bSe) {
        Format f = Format.EXTENDED;
        switch (operation) {
            case ADD:
                return Arithmetic.add(aSig, aSe, bSig, bSe, f, s);
            case MUL:
                return Arithmetic.multiply(aSig, aSe, bSig, bSe, f, s);
            case SUB:
                return Arithmetic.add(aSig, aSe, bSig, negated(bSig, bSe), f, s);
            case SUBR:
                return Arithmetic.add(bSig, bSe, aSig, negated(aSig, aSe), f, s);
            case DIV:
                return Arithmetic.divide(aSig, aSe, bSig, bSe, f, s);
            case DIVR:
                return Arithmetic.divide(bSig, bSe, aSig, aSe, f, s);
            default:
                throw new IllegalArgumentException("no x87 operation has the number " + operation);
        }
    }

    /** The exponent with its sign turned, which a NaN keeps. */
    private static int negated(long sig, int se) {
        return Float80.isNan(sig, se) ? se : se ^ 0x8000;
    }

    /** Ends an operation with a result for ST(i). */
    final void finish(int i, long sig, boolean pop) {
        conclude();
        if (!isBlocked()) {
            write(i, sig, s.signExponent);
            if (pop) {
                pop();
            }
        }
    }

    /** FCOM and FUCOM with ST(i), and 0 to 2 pops. */
    public final void fcom(int i, boolean quiet, int pops) {
        begin();
        int relation =
                isEmpty(0) || isEmpty(i)
                        ? emptyRelation()
                        : relation(significand(i), signExponent(i), quiet);
        endCompare(relation, pops);
    }

    /** FCOM with a binary32 memory operand. */
    public final void fcomF32(int bits, boolean pop) {
        begin();
        s.denormalOperand = Float80.isDenormal32(bits);
        compareWith(Float80.significand32(bits), Float80.signExponent32(bits), pop);
    }

    /** FCOM with a binary64 memory operand. */
    public final void fcomF64(long bits, boolean pop) {
        begin();
        s.denormalOperand = Float80.isDenormal64(bits);
        compareWith(Float80.significand64(bits), Float80.signExponent64(bits), pop);
    }

    /** FICOM with an integer memory operand, sign-extended. */
    public final void ficom(long value, boolean pop) {
        begin();
        compareWith(Integers.significand(value), Integers.signExponent(value), pop);
    }

    /** FTST. */
    public final void ftst() {
        begin();
        compareWith(0, 0, false);
    }

    private void compareWith(long sig, int se, boolean pop) {
        endCompare(isEmpty(0) ? emptyRelation() : relation(sig, se, false), pop ? 1 : 0);
    }

    /**
     * FCOMI and FUCOMI. Even an unmasked exception does not keep the flags from changing.
     *
     * @return ZF, PF and CF at their places in EFLAGS, where OF, SF and AF become 0
     */
    public final int fcomi(int i, boolean quiet, boolean pop) {
        begin();
        int relation =
                isEmpty(0) || isEmpty(i)
                        ? emptyRelation()
                        : relation(significand(i), signExponent(i), quiet);
        int kept = status & C1;
        conclude();
        if ((s.raised & STACK_FAULT) == 0) {
            status |= kept;
        }
        if (pop && !isBlocked()) {
            pop();
        }
        return Relation.flags(relation);
    }

    private int emptyRelation() {
        underflow();
        return Relation.UNORDERED;
    }

    private int relation(long bSig, int bSe, boolean quiet) {
        long aSig = significand(0);
        int aSe = signExponent(0);
        if (Arithmetic.hasNoNumber(aSig, aSe, bSig, bSe)) {
            Arithmetic.noNumber(aSig, aSe, bSig, bSe, Format.EXTENDED, s);
            s.raise(quiet ? 0 : FloatStatus.INVALID);
            return Relation.UNORDERED;
        }
        Arithmetic.stopsAtDenormal(aSig, aSe, bSig, bSe, s);
        return Relation.of(aSig, aSe, bSig, bSe);
    }

    private void endCompare(int relation, int pops) {
        conclude();
        int flags = Relation.flags(relation);
        // ZF, PF and CF have the places of C3, C2 and C0 in the upper byte.
        status = status & ~(C0 | C2 | C3) | flags << 8;
        if (isBlocked()) {
            return;
        }
        for (int i = 0; i < pops; i++) {
            pop();
        }
    }
}
