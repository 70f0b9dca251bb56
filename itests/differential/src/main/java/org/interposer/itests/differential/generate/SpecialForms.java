package org.interposer.itests.differential.generate;

import org.interposer.itests.differential.Layout;

/**
 * What some forms need before them so that they do more than fault, or after them so that the rest
 * can be compared.
 */
final class SpecialForms {
    private static final int FXSAVE_MXCSR = 24, FXSAVE_MXCSR_MASK = 28;

    /** Where 16 bytes may go, across a page, too. */
    private static final int MASKED_PLACES = Layout.DATA_SIZE - 16;

    private final Dice dice;
    private final Assembly assembly;
    private final int target;

    /**
     * For an instruction with its memory operand at {@code target}; 0 if it has none that is known.
     */
    SpecialForms(final Dice dice, final Assembly assembly, final int target) {
        this.dice = dice;
        this.assembly = assembly;
        this.target = target;
    }

    void before(final Form form) {
        switch (form.special()) {
            case "popf":
                // Status flags, direction and ID; TF, NT and AC would trap, or be the kernel's
                // affair.
                stackTop((int) dice.next() & 0x200cd5);
                break;
            case "ret":
                stackTop(0x11111111);
                assembly.jump(4, 0, false, dice.below(3));
                break;
            case "maskmov":
                assembly.setup(
                        Instruction.load(StateMaker.RDI, Layout.DATA + dice.below(MASKED_PLACES)));
                break;
            case "ldmxcsr":
                store(0, mxcsr(), 4);
                break;
            case "fldcw":
                store(0, (dice.percent(80) ? 0x7f : 0x40) | (int) dice.next() & 0x1f3f, 2);
                break;
            case "fxrstor":
                if (target != 0) {
                    // fxsave [target]
                    assembly.setup(absolute(0x0f, 0xae, 0x04));
                    withoutPointers();
                    store(FXSAVE_MXCSR_MASK, 0xffff, 4);
                    store(
                            0,
                            0x37f | (dice.below(16) << 8) | dice.below(0x4000) << 16 & 0x7f000000,
                            4);
                    store(FXSAVE_MXCSR, mxcsr(), 4);
                }
                break;
            default:
        }
    }

    /**
     * Clears what processors store differently: the x87 instruction and data pointers and the mask
     * of MXCSR.
     */
    void after(final Form form) {
        switch (form.special()) {
            case "fxsave":
                withoutPointers();
                store(FXSAVE_MXCSR_MASK, 0, 4);
                break;
            case "fnstenv":
            case "fnsave":
                store(12, 0, 8);
                store(20, 0, 8);
                break;
            default:
        }
    }

    /** Of the last x87 instruction, in an image of FXSAVE. */
    private void withoutPointers() {
        store(6, 0, 2);
        store(8, 0, 8);
        store(16, 0, 8);
    }

    private int mxcsr() {
        final int masks = dice.percent(80) ? 0x1f80 : dice.below(64) << 7;
        final int reserved = dice.percent(5) ? 0x10000 << dice.pick(0, 2, 5, 15) : 0;
        return masks | dice.below(4) << 13 | dice.pick(0, 0x40, 0x8000, 0x803f) | reserved;
    }

    private void store(final int offset, final int value, final int size) {
        if (target != 0) {
            assembly.setup(Instruction.store(target + offset, value, size));
        }
    }

    /** {@code mov qword [rsp], value}. */
    private void stackTop(final int value) {
        final Instruction move = new Instruction();
        move.rex(8);
        move.opcode(0xc7);
        move.memory(StateMaker.RSP, -1, 0, 0);
        move.immediate(value, 4);
        assembly.setup(move.bytes(0));
    }

    private byte[] absolute(final int escape, final int opcode, final int modRm) {
        return new byte[] {
            (byte) escape,
            (byte) opcode,
            (byte) modRm,
            0x25,
            (byte) target,
            (byte) (target >> 8),
            (byte) (target >> 16),
            (byte) (target >> 24)
        };
    }
}
