package org.interposer.itests.differential.generate;

import org.interposer.itests.differential.Flags;

/**
 * Which flags the SDM leaves undefined along a sequence, so that none of them is read or compared.
 */
final class FlagTracker {
    private int undefined;
    private int ever;

    /** Whether the flags the form reads all have a value. */
    boolean canRead(final Form form) {
        return (form.flags("use") & undefined) == 0;
    }

    /**
     * Takes the form's effect.
     *
     * @param count of a shift or rotate; -1 if it is not known
     * @param bits the operand size
     * @param conditional whether a jump may pass over it
     */
    void apply(final Form form, final int count, final int bits, final boolean conditional) {
        if (form.has("shift")) {
            shift(form, count, bits, conditional);
        } else if (form.has("rotate")) {
            if (count != 0 && count != 1) {
                undefine(Flags.O);
            } else if (count == 1) {
                define(Flags.O | Flags.C, conditional);
            }
        } else {
            undefine(form.flags("undef"));
            define(form.flags("def"), conditional || form.has("string"));
        }
    }

    private void shift(
            final Form form, final int count, final int bits, final boolean conditional) {
        if (count == 0) {
            return;
        }
        // SAR shifts copies of the sign out, so its carry is defined for every count.
        final boolean carry = count > 0 && count < bits || form.name().startsWith("sar");
        final int lost = Flags.A | (count == 1 ? 0 : Flags.O) | (carry ? 0 : Flags.C);
        undefine(lost);
        if (count > 0) {
            define(Flags.STATUS & ~lost, conditional);
        }
    }

    private void undefine(final int flags) {
        undefined |= flags;
        ever |= flags;
    }

    private void define(final int flags, final boolean conditional) {
        if (!conditional) {
            undefined &= ~flags;
        }
    }

    /** Flags that are undefined now. */
    int undefined() {
        return undefined;
    }

    /** Flags that were undefined at any place. */
    int ever() {
        return ever;
    }
}
