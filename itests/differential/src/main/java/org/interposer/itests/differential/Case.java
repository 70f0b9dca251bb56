package org.interposer.itests.differential;

import java.util.List;

/**
 * One sequence and the state it starts from.
 *
 * @param index its number in the run; with the seed it determines everything else
 * @param steps the instructions in order, so that they can be taken out one by one
 * @param code the bytes at {@code before.rip()}, {@link Layout#CODE_MAX} of them
 * @param before the state at the first instruction
 * @param window what {@link Layout#WINDOW} holds
 * @param undefined flags that the SDM leaves undefined after the sequence
 * @param undefinedOnFault flags that may be undefined when one of the instructions faults
 */
public record Case(
        long index,
        List<Step> steps,
        byte[] code,
        State before,
        byte[] window,
        int undefined,
        int undefinedOnFault) {

    /**
     * A step of the sequence: an instruction to compare, or one that serves it.
     *
     * @param form its name in the table of forms
     * @param offset where it starts in the code
     * @param length its bytes
     * @param unit number of the instruction to compare that it is or serves
     * @param setup whether it only prepares that one, or clears up after it
     * @param approximate whether its results are compared within a tolerance
     */
    public record Step(
            String form, int offset, int length, int unit, boolean setup, boolean approximate) {}

    /** The same case with other code. */
    public Case withCode(final byte[] other) {
        return new Case(index, steps, other, before, window, undefined, undefinedOnFault);
    }

    /** Whether some result of this case is an approximation. */
    public boolean approximate() {
        return steps.stream().anyMatch(Step::approximate);
    }
}
