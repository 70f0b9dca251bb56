package org.interposer.core.irqchip;

import org.interposer.api.state.StateRecord;

/**
 * One 8259A (Intel data sheet 231468). Guarded by its {@link PicPair}.
 *
 * <p>An edge is latched until it is acknowledged, also when the line falls before: the real chip
 * would answer with its spurious vector, and a pulse would be lost.
 */
final class Pic {
    static final int NONE = -1;
    static final int SPURIOUS = 7;

    private static final int ICW1 = 0x10;
    private static final int OCW3 = 0x08;

    /** Inputs that follow a level instead of latching an edge, whatever ELCR says: the cascade. */
    private final int cascade;

    private final int elcrMask;

    private int lines;
    private int irr;
    private int imr;
    private int isr;
    private int elcr;
    private int base;
    private int lowest = 7;
    private int initStep;
    private boolean needsIcw4;
    private boolean single;
    private boolean levelMode;
    private boolean autoEoi;
    private boolean rotateOnAutoEoi;
    private boolean specialMask;
    private boolean specialNested;
    private boolean readsIsr;
    private boolean poll;

    Pic(int cascade, int elcrMask) {
        this.cascade = cascade;
        this.elcrMask = elcrMask;
    }

    void reset() {
        initialize(0);
        initStep = 0;
        base = 0;
        elcr = 0;
        imr = 0xFF;
    }

    /** Drives an input. */
    void set(int input, boolean level) {
        int bit = 1 << input;
        boolean rises = level && (lines & bit) == 0;
        lines = level ? lines | bit : lines & ~bit;
        if ((levelInputs() & bit) != 0) {
            irr = level ? irr | bit : irr & ~bit;
        } else if (rises) {
            irr |= bit;
        }
    }

    private int levelInputs() {
        return cascade | (levelMode ? 0xFF : elcr);
    }

    /** The input to serve next; {@link #NONE} when INT is low. */
    int pending() {
        int candidate = first(irr & ~imr);
        if (candidate == NONE) {
            return NONE;
        }
        int blocking = first(blockers());
        return blocking == NONE || rank(candidate) < rank(blocking) ? candidate : NONE;
    }

    private int blockers() {
        int blocking = specialMask ? isr & ~imr : isr;
        return specialNested ? blocking & ~cascade : blocking;
    }

    private int first(int inputs) {
        for (int i = 1; i <= 8; i++) {
            int input = lowest + i & 7;
            if ((inputs & 1 << input) != 0) {
                return input;
            }
        }
        return NONE;
    }

    private int rank(int input) {
        return input - lowest - 1 & 7;
    }

    /** INTA for an input that is pending. */
    void acknowledge(int input) {
        int bit = 1 << input;
        if ((levelInputs() & bit) == 0) {
            irr &= ~bit;
        }
        if (!autoEoi) {
            isr |= bit;
        } else if (rotateOnAutoEoi) {
            lowest = input;
        }
    }

    int vector(int input) {
        return base + input;
    }

    int read(int register) {
        if (poll) {
            poll = false;
            int input = pending();
            if (input == NONE) {
                return 0;
            }
            acknowledge(input);
            return 0x80 | input;
        }
        if (register == 1) {
            return imr;
        }
        return readsIsr ? isr : irr;
    }

    void write(int register, int value) {
        if (register == 1) {
            writeData(value);
        } else if ((value & ICW1) != 0) {
            initialize(value);
        } else if ((value & OCW3) != 0) {
            writeOcw3(value);
        } else {
            writeOcw2(value >> 5, value & 7);
        }
    }

    private void initialize(int icw1) {
        needsIcw4 = (icw1 & 1) != 0;
        single = (icw1 & 2) != 0;
        levelMode = (icw1 & 8) != 0;
        imr = 0;
        isr = 0;
        lowest = 7;
        autoEoi = false;
        rotateOnAutoEoi = false;
        specialMask = false;
        specialNested = false;
        readsIsr = false;
        poll = false;
        irr = lines & levelInputs();
        initStep = 2;
    }

    private void writeData(int value) {
        switch (initStep) {
            case 2 -> {
                base = value & 0xF8;
                initStep = single ? afterIcw3() : 3;
            }
            case 3 -> initStep = afterIcw3();
            case 4 -> {
                specialNested = (value & 0x10) != 0;
                autoEoi = (value & 2) != 0;
                initStep = 0;
            }
            default -> imr = value;
        }
    }

    private int afterIcw3() {
        return needsIcw4 ? 4 : 0;
    }

    private void writeOcw3(int value) {
        if ((value & 0x40) != 0) {
            specialMask = (value & 0x20) != 0;
        }
        if ((value & 4) != 0) {
            poll = true;
        } else if ((value & 2) != 0) {
            readsIsr = (value & 1) != 0;
        }
    }

    private void writeOcw2(int command, int input) {
        switch (command) {
            case 0 -> rotateOnAutoEoi = false;
            case 1 -> end(highestInService());
            case 3 -> end(input);
            case 4 -> rotateOnAutoEoi = true;
            case 5 -> rotate(highestInService());
            case 6 -> lowest = input;
            case 7 -> rotate(input);
            default -> {
                // 2 is "no operation".
            }
        }
    }

    /** In special mask mode a non-specific EOI leaves masked levels in service. */
    private int highestInService() {
        return first(specialMask ? isr & ~imr : isr);
    }

    private void end(int input) {
        if (input != NONE) {
            isr &= ~(1 << input);
        }
    }

    private void rotate(int input) {
        if (input != NONE) {
            end(input);
            lowest = input;
        }
    }

    int elcr() {
        return elcr;
    }

    void elcr(int value) {
        elcr = value & elcrMask;
        irr = irr & ~elcr | lines & elcr;
    }

    StateRecord save() {
        return StateRecord.of("irq.pic.chip", 1)
                .put("lines", lines)
                .put("irr", irr)
                .put("imr", imr)
                .put("isr", isr)
                .put("elcr", elcr)
                .put("base", base)
                .put("lowest", lowest)
                .put("initStep", initStep)
                .put("needsIcw4", needsIcw4)
                .put("single", single)
                .put("levelMode", levelMode)
                .put("autoEoi", autoEoi)
                .put("rotateOnAutoEoi", rotateOnAutoEoi)
                .put("specialMask", specialMask)
                .put("specialNested", specialNested)
                .put("readsIsr", readsIsr)
                .put("poll", poll)
                .build();
    }

    void restore(StateRecord state) {
        state.expect("irq.pic.chip", 1);
        lines = octet(state, "lines");
        irr = octet(state, "irr");
        imr = octet(state, "imr");
        isr = octet(state, "isr");
        elcr = octet(state, "elcr") & elcrMask;
        base = octet(state, "base") & 0xF8;
        lowest = octet(state, "lowest") & 7;
        initStep = octet(state, "initStep");
        needsIcw4 = state.flag("needsIcw4");
        single = state.flag("single");
        levelMode = state.flag("levelMode");
        autoEoi = state.flag("autoEoi");
        rotateOnAutoEoi = state.flag("rotateOnAutoEoi");
        specialMask = state.flag("specialMask");
        specialNested = state.flag("specialNested");
        readsIsr = state.flag("readsIsr");
        poll = state.flag("poll");
    }

    private static int octet(StateRecord state, String field) {
        return (int) state.number(field) & 0xFF;
    }
}
