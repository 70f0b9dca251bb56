package org.interposer.engine.softcpu.op;

/**
 * What one copy of a class in {@link AluForms} does.
 *
 * @param wide on 64 bits, else on 32
 */
record Calculation(Arithmetic operation, boolean wide) {
    /** Bytes of an operand. */
    int size() {
        return wide ? 8 : 4;
    }
}
