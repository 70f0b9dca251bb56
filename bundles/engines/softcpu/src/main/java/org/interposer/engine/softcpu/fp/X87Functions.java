package org.interposer.engine.softcpu.fp;

/** What works on ST(0) and ST(1) alone: signs, classes, remainders and transcendental functions. */
abstract class X87Functions extends X87Arithmetic {
    /** FCHS. */
    public final void fchs() {
        begin();
        long sig = isEmpty(0) ? underflow() : significand(0);
        s.signExponent = isEmpty(0) ? s.signExponent : signExponent(0) ^ 0x8000;
        finish(0, sig, false);
    }

    /** FABS. */
    public final void fabs() {
        begin();
        long sig = isEmpty(0) ? underflow() : significand(0);
        s.signExponent = isEmpty(0) ? s.signExponent : signExponent(0) & 0x7FFF;
        finish(0, sig, false);
    }

    /** FXAM. */
    public final void fxam() {
        int sign = signExponent(0) >>> 15 != 0 ? C1 : 0;
        conditions(classOf() | sign);
    }

    private int classOf() {
        long sig = significand(0);
        int se = signExponent(0);
        if (isEmpty(0)) {
            return C3 | C0;
        }
        if (Float80.isUnsupported(sig, se)) {
            return 0;
        }
        if (Float80.isNan(sig, se)) {
            return C0;
        }
        if (Float80.isInfinite(sig, se)) {
            return C2 | C0;
        }
        if (sig == 0) {
            return C3;
        }
        return (se & Float80.SPECIAL) == 0 ? C3 | C2 : C2;
    }

    /** FRNDINT. */
    public final void frndint() {
        begin();
        finish(0, isEmpty(0) ? underflow() : integral(significand(0), signExponent(0)), false);
    }

    private long integral(long sig, int se) {
        Format f = Format.EXTENDED;
        if (Arithmetic.hasNoNumber(sig, se, 0, 0)) {
            return Arithmetic.noNumber(sig, se, 0, 0, f, s);
        }
        if (Float80.isInfinite(sig, se)) {
            return f.infinity(se >>> 15, s);
        }
        if (Arithmetic.stopsAtDenormal(sig, se, 0, 0, s)) {
            return f.zero(0, s);
        }
        return Integers.toIntegral(sig, se, s.rounding, f, s);
    }

    /** FSCALE. */
    public final void fscale() {
        begin();
        long sig =
                hasNoOperands()
                        ? underflow()
                        : Remainder.scale(
                                significand(0),
                                signExponent(0),
                                significand(1),
                                signExponent(1),
                                s);
        finish(0, sig, false);
    }

    /** FPREM and, with a quotient rounded to nearest, FPREM1. */
    public final void fprem(boolean nearest) {
        begin();
        long sig =
                hasNoOperands()
                        ? underflow()
                        : Remainder.of(
                                significand(0),
                                signExponent(0),
                                significand(1),
                                signExponent(1),
                                nearest,
                                s);
        finish(0, sig, false);
        if (isBlocked() || Float80.isNan(sig, s.signExponent)) {
            status &= ~C2;
        } else {
            int q = s.quotient;
            int bits = ((q & 4) != 0 ? C0 : 0) | ((q & 2) != 0 ? C3 : 0) | ((q & 1) != 0 ? C1 : 0);
            conditions(s.partial ? C2 : bits);
        }
    }

    /** FXTRACT. */
    public final void fxtract() {
        begin();
        if (isEmpty(0) || !isEmpty(7)) {
            long nan = isEmpty(0) ? underflow() : overflow();
            finishPair(nan, s.signExponent, nan, s.signExponent);
            return;
        }
        long sig = significand(0);
        int se = signExponent(0);
        if (Arithmetic.hasNoNumber(sig, se, 0, 0)) {
            long nan = Arithmetic.noNumber(sig, se, 0, 0, Format.EXTENDED, s);
            finishPair(nan, s.signExponent, nan, s.signExponent);
        } else if (Float80.isInfinite(sig, se)) {
            finishPair(sig, Float80.SPECIAL, sig, se);
        } else if (sig == 0) {
            s.raise(FloatStatus.ZERO_DIVIDE);
            finishPair(Float80.INTEGER, 0x8000 | Float80.SPECIAL, sig, se);
        } else {
            Arithmetic.stopsAtDenormal(sig, se, 0, 0, s);
            int exponent = Float80.exponent(sig, se);
            finishPair(
                    Integers.significand(exponent),
                    Integers.signExponent(exponent),
                    Float80.normalised(sig),
                    se & 0x8000 | Float80.BIAS);
        }
    }

    /** Ends an operation that replaces ST(0) and pushes another result. */
    final void finishPair(long sig, int se, long pushedSig, int pushedSe) {
        conclude();
        if (!isBlocked()) {
            write(0, sig, se);
            push(pushedSig, pushedSe);
        }
    }

    final boolean hasNoOperands() {
        return isEmpty(0) || isEmpty(1);
    }
}
