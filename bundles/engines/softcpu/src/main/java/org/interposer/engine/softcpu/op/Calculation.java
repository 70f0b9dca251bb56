package org.interposer.engine.softcpu.op;

/**
 * What one copy of a class in {@link AluForms} does.
 *
 * @param wide on 64 bits, else on 32
 * @param writes whether the result goes to the first operand; else it is there for the flags only
 */
record Calculation(Arithmetic operation, boolean wide, boolean writes) {
    /** Bytes of an operand. */
    int size() {
        return wide ? 8 : 4;
    }
}
