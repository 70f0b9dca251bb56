package org.interposer.engine.softcpu.fp;

/**
 * An x87 unit apart from its memory accesses: one method per instruction family, on registers or on
 * the bits of a memory operand. Also the MMX registers, which are the significands.
 *
 * <p>No method waits: before a waiting instruction the caller asks {@link #isPending} and, with
 * CR0.NE, raises #MF. One thread.
 */
public final class X87 extends X87Transcendental {
    private static final int INITIAL_CONTROL = 0x37F;

    /** A unit after FNINIT. */
    public X87() {}

    /** FNINIT. */
    public void fninit() {
        setControlWord(INITIAL_CONTROL);
        setStatusWord(0);
        full = 0;
        opcode = 0;
        setInstruction(0, 0);
        setData(0, 0);
    }

    /** FNCLEX. */
    public void fnclex() {
        status &= C0 | C1 | C2 | C3;
    }

    /** FLDCW. */
    public void fldcw(int word) {
        setControlWord(word);
    }

    /** FXCH. */
    public void fxch(int i) {
        begin();
        if (isEmpty(0) || isEmpty(i)) {
            underflow();
        }
        conclude();
        if (isBlocked()) {
            return;
        }
        // Masked, an empty register counts as the indefinite NaN before the exchange.
        long sig = isEmpty(0) ? Float80.INDEFINITE : significand(0);
        int se = isEmpty(0) ? 0xFFFF : signExponent(0);
        if (isEmpty(i)) {
            write(0, Float80.INDEFINITE, 0xFFFF);
        } else {
            write(0, significand(i), signExponent(i));
        }
        write(i, sig, se);
    }

    /** FCMOVcc, with the condition decided by the caller. */
    public void fcmov(int i, boolean condition) {
        begin();
        if (isEmpty(0) || isEmpty(i)) {
            finish(0, underflow(), false);
            return;
        }
        if (condition) {
            write(0, significand(i), signExponent(i));
        }
    }

    /** FFREE. */
    public void ffree(int i) {
        full &= ~(1 << physical(i));
        status &= ~C1;
    }

    /** FINCSTP. */
    public void fincstp() {
        top = top + 1 & 7;
        status &= ~C1;
    }

    /** FDECSTP. */
    public void fdecstp() {
        top = top - 1 & 7;
        status &= ~C1;
    }

    /** FNSTENV into the buffer; masks all exceptions afterwards. */
    public void fnstenv(byte[] to, int at, boolean wide, boolean realMode) {
        X87Image.storeEnvironment(this, to, at, wide, realMode);
        setControlWord(control | FloatStatus.ALL);
    }

    /** FLDENV from the buffer. */
    public void fldenv(byte[] from, int at, boolean wide, boolean realMode) {
        X87Image.loadEnvironment(this, from, at, wide, realMode);
    }

    /** FNSAVE into the buffer; initialises afterwards. */
    public void fnsave(byte[] to, int at, boolean wide, boolean realMode) {
        X87Image.storeEnvironment(this, to, at, wide, realMode);
        X87Image.storeRegisters(this, to, at + (wide ? 28 : 14));
        fninit();
    }

    /** FRSTOR from the buffer. */
    public void frstor(byte[] from, int at, boolean wide, boolean realMode) {
        X87Image.loadEnvironment(this, from, at, wide, realMode);
        X87Image.loadRegisters(this, from, at + (wide ? 28 : 14));
    }

    /** The x87 part of FXSAVE: bytes 0 to 23 and 32 to 159; wide pointers with REX.W. */
    public void fxsave(byte[] to, int at, boolean wide) {
        X87Image.storeExtended(this, to, at, wide);
    }

    /** The x87 part of FXRSTOR. */
    public void fxrstor(byte[] from, int at, boolean wide) {
        X87Image.loadExtended(this, from, at, wide);
    }

    /** What every MMX instruction but EMMS does first: TOP becomes 0 and all tags valid. */
    public void enterMmx() {
        top = 0;
        full = 0xFF;
    }

    /** An MMX register. */
    public long mmx(int i) {
        return significands[i];
    }

    /** Writes an MMX register, whose exponent becomes all ones. */
    public void setMmx(int i, long value) {
        significands[i] = value;
        signExponents[i] = 0xFFFF;
    }

    /** EMMS. */
    public void emms() {
        top = 0;
        full = 0;
    }
}
