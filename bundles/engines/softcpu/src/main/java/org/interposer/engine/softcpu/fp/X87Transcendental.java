package org.interposer.engine.softcpu.fp;

/** The instructions over {@link Transcendental}; its remark on the last place holds for all. */
abstract class X87Transcendental extends X87Functions {
    private final Transcendental functions = new Transcendental(s);

    /** F2XM1. */
    public final void f2xm1() {
        begin();
        long sig =
                isEmpty(0) ? underflow() : functions.powerMinusOne(significand(0), signExponent(0));
        finish(0, sig, false);
    }

    /** FYL2X. */
    public final void fyl2x() {
        begin();
        long sig =
                hasNoOperands()
                        ? underflow()
                        : functions.logarithm(
                                significand(0), signExponent(0), significand(1), signExponent(1));
        finish(1, sig, true);
    }

    /** FYL2XP1. */
    public final void fyl2xp1() {
        begin();
        long sig =
                hasNoOperands()
                        ? underflow()
                        : functions.logarithmOfOnePlus(
                                significand(0), signExponent(0), significand(1), signExponent(1));
        finish(1, sig, true);
    }

    /** FPATAN. */
    public final void fpatan() {
        begin();
        long sig =
                hasNoOperands()
                        ? underflow()
                        : functions.arcTangent(
                                significand(0), signExponent(0), significand(1), signExponent(1));
        finish(1, sig, true);
    }

    /** FSIN. */
    public final void fsin() {
        begin();
        if (isRefused()) {
            return;
        }
        long sig = isEmpty(0) ? underflow() : 0;
        if (!isEmpty(0)) {
            sig =
                    functions.isSpecial(significand(0), signExponent(0))
                            ? functions.special()
                            : functions.sine(significand(0), signExponent(0));
        }
        status &= ~C2;
        finish(0, sig, false);
    }

    /** FCOS. */
    public final void fcos() {
        begin();
        if (isRefused()) {
            return;
        }
        long sig = isEmpty(0) ? underflow() : 0;
        if (!isEmpty(0)) {
            sig =
                    functions.isSpecial(significand(0), signExponent(0))
                            ? functions.special()
                            : functions.cosine(significand(0), signExponent(0));
        }
        status &= ~C2;
        finish(0, sig, false);
    }

    /** FSINCOS: the cosine ends above the sine. */
    public final void fsincos() {
        begin();
        if (isDoubled() || isRefused()) {
            return;
        }
        long sig = significand(0);
        int se = signExponent(0);
        long sine = functions.sine(sig, se);
        int sineSe = s.signExponent;
        boolean sineRoundedUp = s.roundedUp;
        long cosine = functions.cosine(sig, se);
        s.roundedUp = sineRoundedUp;
        finishPair(sine, sineSe, cosine, s.signExponent);
    }

    /** FPTAN: a one ends above the tangent. */
    public final void fptan() {
        begin();
        if (isDoubled() || isRefused()) {
            return;
        }
        long tangent = functions.tangent(significand(0), signExponent(0));
        finishPair(tangent, s.signExponent, Float80.INTEGER, Float80.BIAS);
    }

    /** Sets C2 and leaves an operand that is too large as it is. */
    private boolean isRefused() {
        if (isEmpty(0) || !Transcendental.isTooLarge(significand(0), signExponent(0))) {
            return false;
        }
        conclude();
        status |= C2;
        return true;
    }

    /** Ends an instruction with two results that are the same: stack faults, NaNs, infinities. */
    private boolean isDoubled() {
        long sig;
        if (isEmpty(0)) {
            sig = underflow();
        } else if (!isEmpty(7)) {
            sig = overflow();
        } else if (Transcendental.isTooLarge(significand(0), signExponent(0))) {
            return false;
        } else if (functions.isSpecial(significand(0), signExponent(0))) {
            sig = functions.special();
        } else {
            status &= ~C2;
            return false;
        }
        status &= ~C2;
        finishPair(sig, s.signExponent, sig, s.signExponent);
        return true;
    }
}
