package org.interposer.itests.differential.generate;

import org.interposer.itests.differential.Layout;

/** Chooses where a memory operand lies and how the instruction says so. */
final class MemoryOperand {
    private static final long NOT_CANONICAL = 0x8000_0000_0000_0000L;
    private static final int RSP = StateMaker.RSP;

    private final Dice dice;
    private final long[] gpr;

    MemoryOperand(final Dice dice, final long[] gpr) {
        this.dice = dice;
        this.gpr = gpr.clone();
    }

    /** A place for an operand: mostly in the window, seldom where it faults. */
    int target(final int size, final boolean aligned, final boolean mayFault) {
        if (aligned && dice.percent(92)) {
            final int place = place(Math.max(size, 16), mayFault);
            return Math.min(place & -16, Layout.READ_ONLY + Layout.READ_ONLY_SIZE - size & -16);
        }
        return place(size, mayFault);
    }

    private int place(final int size, final boolean mayFault) {
        final int roll = dice.below(mayFault ? 100 : 88);
        final int end = Layout.DATA + Layout.DATA_SIZE;
        if (roll < 72 && size <= 32) {
            final int unit = Math.min(Integer.highestOneBit(size), 16);
            return Layout.WINDOW + dice.below((Layout.WINDOW_SIZE - size) / unit + 1) * unit;
        }
        if (roll < 82) {
            return Layout.DATA + dice.below(Layout.DATA_SIZE - size);
        }
        if (roll < 88) {
            return Layout.DATA + 0x1000 - dice.below(size + 1);
        }
        if (roll < 92) {
            return Layout.READ_ONLY + dice.below(Layout.READ_ONLY_SIZE - size);
        }
        // An instruction that stores more than 16 bytes may have stored some when it faults.
        if (size > 16) {
            return Layout.DATA + 16 * dice.below((Layout.DATA_SIZE - size) / 16);
        }
        if (roll < 94) {
            return end - dice.below(size);
        }
        if (roll < 97) {
            return end + Layout.READ_ONLY_SIZE - dice.below(size + 1);
        }
        return roll < 98 ? Layout.DATA - dice.below(size + 1) : dice.below(Layout.DATA);
    }

    /**
     * Writes the addressing of a place into the instruction; registers in {@code dirty} have
     * unknown contents.
     */
    void address(final Instruction to, final int target, final int dirty, final boolean narrow) {
        for (int attempt = 0; attempt < 6; attempt++) {
            final int base = dice.percent(90) ? dice.below(16) : -1;
            final int index = dice.percent(35) ? dice.below(16) : -1;
            final int shift = index < 0 ? 0 : dice.below(4);
            if (base < 0 && index < 0 && dice.percent(80) && !narrow) {
                to.ripRelative(target);
                return;
            }
            if (unknown(base, dirty) || unknown(index, dirty) || index == RSP) {
                continue;
            }
            final long sum = (base < 0 ? 0 : gpr[base]) + (index < 0 ? 0 : gpr[index] << shift);
            final long offset = narrow ? (int) (target - sum) : target - sum;
            if (offset == (int) offset) {
                to.memory(base, index, shift, (int) offset);
                return;
            }
        }
        to.memory(-1, -1, 0, target);
    }

    /** An address that is not canonical, in a register that is loaded first. */
    void notCanonical(final Instruction to, final Assembly assembly, final int register) {
        assembly.setup(Instruction.load(register, NOT_CANONICAL + dice.next() >>> 1 | 1L << 62));
        to.memory(register, -1, 0, dice.below(256) - 128);
    }

    private static boolean unknown(final int register, final int dirty) {
        return register >= 0 && (dirty >> register & 1) != 0;
    }
}
