package org.interposer.engine.softcpu.fp;

/**
 * Registers, tags and the three words of an x87 unit (SDM 1, 8.1), and what every instruction
 * begins and ends with.
 *
 * <p>What an instruction detects gathers in the {@link FloatStatus}; {@link #conclude} moves it to
 * the status word. A stack fault travels with the exceptions as {@link #STACK_FAULT}.
 */
abstract class X87State {
    /** Status word: stack fault. */
    public static final int STACK_FAULT = 0x40;

    /** Status word: error summary, an unmasked exception is pending. */
    public static final int ERROR_SUMMARY = 0x80;

    /** Status word: condition code 0. */
    public static final int C0 = 0x100;

    /** Status word: condition code 1. */
    public static final int C1 = 0x200;

    /** Status word: condition code 2. */
    public static final int C2 = 0x400;

    /** Status word: condition code 3. */
    public static final int C3 = 0x4000;

    private static final int BUSY = 0x8000;
    private static final int TOP_SHIFT = 11;
    private static final int CONDITIONS = C0 | C1 | C2 | C3;
    private static final int STICKY = FloatStatus.ALL | STACK_FAULT;

    /** Bits of the control word that exist; bit 6 reads as one. */
    private static final int CONTROL_BITS = 0x1F3F;

    final FloatStatus s = new FloatStatus();
    final long[] significands = new long[8];
    final int[] signExponents = new int[8];

    /** One bit for each physical register that is not empty: the abridged tag word. */
    int full;

    int top;
    int control;

    /** Exceptions, stack fault and condition codes; the rest of the status word is derived. */
    int status;

    int opcode;
    long instructionPointer;
    long dataPointer;
    int codeSelector;
    int dataSelector;

    X87State() {
        setControlWord(0x37F);
    }

    /** The control word. */
    public final int controlWord() {
        return control;
    }

    final void setControlWord(int word) {
        control = word & CONTROL_BITS | 0x40;
        s.loadControlWord(control);
    }

    /** The status word, with TOP, error summary and busy. */
    public final int statusWord() {
        return status | top << TOP_SHIFT | (isPending() ? ERROR_SUMMARY | BUSY : 0);
    }

    final void setStatusWord(int word) {
        status = word & (STICKY | CONDITIONS);
        top = word >>> TOP_SHIFT & 7;
    }

    /** Whether an unmasked exception waits for the next waiting instruction (#MF or FERR#). */
    public final boolean isPending() {
        return (status & ~control & FloatStatus.ALL) != 0;
    }

    /** The abridged tag word: one bit for each physical register that is not empty. */
    public final int abridgedTags() {
        return full;
    }

    /** The tag word with its four meanings, computed from the registers. */
    public final int tagWord() {
        int word = 0;
        for (int i = 7; i >= 0; i--) {
            word = word << 2 | tag(i);
        }
        return word;
    }

    private int tag(int physical) {
        if ((full >>> physical & 1) == 0) {
            return 3;
        }
        int field = signExponents[physical] & Float80.SPECIAL;
        if (field == 0) {
            return significands[physical] == 0 ? 1 : 2;
        }
        return field == Float80.SPECIAL || significands[physical] >= 0 ? 2 : 0;
    }

    final void setTagWord(int word) {
        full = 0;
        for (int i = 0; i < 8; i++) {
            full |= (word >>> 2 * i & 3) == 3 ? 0 : 1 << i;
        }
    }

    /** TOP: the physical register that is ST(0). */
    public final int top() {
        return top;
    }

    final int physical(int i) {
        return top + i & 7;
    }

    final boolean isEmpty(int i) {
        return (full >>> physical(i) & 1) == 0;
    }

    /** Significand of ST(i). */
    public final long significand(int i) {
        return significands[physical(i)];
    }

    /** Sign and exponent of ST(i). */
    public final int signExponent(int i) {
        return signExponents[physical(i)];
    }

    final void write(int i, long significand, int signExponent) {
        int p = physical(i);
        significands[p] = significand;
        signExponents[p] = signExponent;
        full |= 1 << p;
    }

    final void push(long significand, int signExponent) {
        top = top - 1 & 7;
        write(0, significand, signExponent);
    }

    final void pop() {
        full &= ~(1 << top);
        top = top + 1 & 7;
    }

    final void begin() {
        s.raised = 0;
        s.roundedUp = false;
        s.denormalOperand = false;
    }

    /** Raises a stack underflow; the answer is the indefinite NaN. */
    final long underflow() {
        s.raise(STACK_FAULT);
        return Format.EXTENDED.invalid(s);
    }

    /** Raises a stack overflow; the answer is the indefinite NaN. */
    final long overflow() {
        s.raise(STACK_FAULT);
        s.roundedUp = true;
        return Format.EXTENDED.invalid(s);
    }

    /** Moves what was detected to the status word; C1 says "rounded up" or "overflow". */
    final void conclude() {
        status = status & ~C1 | s.raised | (s.roundedUp ? C1 : 0);
    }

    /** Whether an unmasked exception of the operands forbids any change of a register. */
    final boolean isBlocked() {
        return (s.raised & FloatStatus.BEFORE & ~s.masks) != 0;
    }

    final void conditions(int codes) {
        status = status & ~CONDITIONS | codes;
    }

    /** Sets the last opcode: eleven bits, as FNSTENV shows it. */
    public final void setOpcode(int value) {
        opcode = value & 0x7FF;
    }

    /** Sets where the last non-control instruction was. */
    public final void setInstruction(int selector, long offset) {
        codeSelector = selector;
        instructionPointer = offset;
    }

    /** Sets where the last memory operand was. */
    public final void setData(int selector, long offset) {
        dataSelector = selector;
        dataPointer = offset;
    }

    /** The last opcode. */
    public final int opcode() {
        return opcode;
    }

    /** The last instruction's offset. */
    public final long instructionPointer() {
        return instructionPointer;
    }

    /** The last memory operand's offset. */
    public final long dataPointer() {
        return dataPointer;
    }
}
