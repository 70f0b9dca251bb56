package org.interposer.itests.differential.generate;

import java.util.List;
import org.interposer.itests.differential.State;

/** Turns forms into bytes, with the operands and the prefixes that the dice choose. */
final class Encoder {
    private static final int[] SEGMENTS = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65};
    private static final int NO_TARGET = 0;

    private final Dice dice;
    private final Values values;
    private final Assembly assembly;
    private final MemoryOperand places;
    private final long[] gpr;
    private final boolean single;
    private final int reserved;
    private int dirty;

    private Instruction instruction;
    private int operandSize;
    private int target;
    private int knownCount;
    private int bitOffsetRegister;

    Encoder(
            final Dice dice,
            final Assembly assembly,
            final State before,
            final boolean single,
            final int reserved) {
        this.dice = dice;
        this.values = new Values(dice);
        this.assembly = assembly;
        this.gpr = before.gpr();
        this.places = new MemoryOperand(dice, gpr);
        this.single = single;
        this.reserved = reserved;
    }

    /** Emits the form and what it needs before and after it. */
    void encode(final Form form) {
        instruction = new Instruction();
        target = NO_TARGET;
        knownCount =
                form.value("shift").equals("one") || form.value("rotate").equals("one") ? 1 : -1;
        chooseSize(form);
        final boolean narrow = dice.percent(4);
        final boolean locked = prefixes(form, narrow);
        instruction.opcode(form.opcode());
        modRm(form, locked, narrow);
        immediates(form, narrow);
        final boolean jumps = form.operands().stream().anyMatch(operand -> operand.kind() == 'J');
        if (form.has("direction") || form.has("last") || jumps || !dice.percent(1)) {
            finish(form);
        } else {
            final int padding = 15 + dice.below(2) - instruction.length();
            final Instruction plain = instruction;
            for (int i = 0; i < padding; i++) {
                plain.prefix(0x3e);
            }
            finish(form);
        }
    }

    /** The count of the shift encoded last, masked as the processor does; -1 if not known. */
    int count() {
        if (knownCount < 0) {
            return -1;
        }
        return knownCount & (operandSize == 8 ? 63 : 31);
    }

    /** Bytes of the operand encoded last. */
    int operandSize() {
        return operandSize;
    }

    private void finish(final Form form) {
        final SpecialForms special = new SpecialForms(dice, assembly, target);
        special.before(form);
        final byte[] bytes = instruction.bytes(assembly.here());
        assembly.emit(form.name(), false, form.has("approx"), bytes);
        for (final Operand operand : form.operands()) {
            if (operand.kind() == 'J') {
                assembly.jump(operand.bytes(operandSize), 0, true, dice.below(3));
            }
        }
        special.after(form);
        dirty |= writes(form.value("w"));
        if (form.has("stack")) {
            dirty |= 1 << StateMaker.RSP;
        }
        if (form.has("string")) {
            dirty |= 1 << StateMaker.RSI | 1 << StateMaker.RDI | 1 << StateMaker.RCX;
        }
    }

    private static int writes(final String registers) {
        int mask = 0;
        for (final char register : registers.toCharArray()) {
            final int letter = "acdb".indexOf(register);
            mask |= 1 << (letter >= 0 ? letter : register - '0');
        }
        return mask;
    }

    private void chooseSize(final Form form) {
        operandSize = 4;
        if (form.has("rexw")) {
            instruction.rex(8);
            operandSize = 8;
        } else if (form.has("d64")) {
            operandSize = 8;
            if (form.has16() && dice.percent(12)) {
                instruction.prefix(0x66);
                operandSize = 2;
            }
        } else if (form.sized()) {
            final int roll = dice.below(10);
            if (roll < 4) {
                instruction.rex(8);
                operandSize = 8;
            } else if (roll < 6 && form.has16()) {
                instruction.prefix(0x66);
                operandSize = 2;
            }
        } else if (form.operands().stream().anyMatch(o -> o.size() == 'b')) {
            operandSize = 1;
        }
    }

    private boolean prefixes(final Form form, final boolean narrow) {
        if (narrow) {
            instruction.prefix(0x67);
        }
        if (dice.percent(4)) {
            instruction.prefix(SEGMENTS[dice.below(SEGMENTS.length)]);
        }
        final boolean oneByte = form.opcode()[0] != 0x0f && form.group() == Form.Group.INTEGER;
        if (form.has("string") && dice.percent(60) || oneByte && plain(form) && dice.percent(1)) {
            instruction.prefix(dice.pick(0xf2, 0xf3));
        }
        if (form.prefix() != 0) {
            instruction.prefix(form.prefix());
        }
        final boolean fixedWidth = form.sized() || form.special().startsWith("cmpxchg");
        if (!fixedWidth && dice.percent(4) || dice.percent(4)) {
            instruction.rex(fixedWidth ? 0 : dice.pick(0, 8));
        }
        final boolean locked =
                form.has("lock")
                        ? dice.percent(15)
                        : form.group() == Form.Group.INTEGER && dice.percent(1) && plain(form);
        if (locked) {
            instruction.prefix(0xf0);
        }
        return locked && form.has("lock") && dice.percent(95);
    }

    private static boolean plain(final Form form) {
        return !form.has("norep")
                && !form.has("string")
                && !form.has("fault")
                && !form.has("jump")
                && form.opcode()[0] != 0x90;
    }

    private void modRm(final Form form, final boolean memoryOnly, final boolean narrow) {
        if (form.modRm() >= 0 && form.modRm() < 8) {
            instruction.reg(form.modRm());
        }
        boolean first = true;
        for (final Operand operand : form.operands()) {
            final boolean written = first ? !form.has("ro") : form.has("w2");
            if (operand.inReg()) {
                final int register =
                        form.special().equals("bitstring") ? bitRegister() : register(operand);
                instruction.reg(register);
                mark(operand, register, written);
            } else if (operand.kind() == 'Z') {
                final int register = register(operand);
                instruction.opcodeRegister(register);
                mark(operand, register, written);
            }
            first = false;
        }
        if (form.plus() == 'i') {
            final int[] opcode = form.opcode().clone();
            opcode[1] |= dice.below(8);
            instruction.opcode(opcode);
        }
        operandInModRm(form, memoryOnly, narrow);
    }

    private int bitRegister() {
        // Loaded just before with an offset that keeps the operand near; see operandInModRm.
        return dice.pick(0, 1, 2, 3, 8, 9, 10, 11, 12, 13);
    }

    private void operandInModRm(final Form form, final boolean memoryOnly, final boolean narrow) {
        final List<Operand> operands = form.operands();
        for (int i = 0; i < operands.size(); i++) {
            final Operand operand = operands.get(i);
            if (!operand.inModRm()) {
                continue;
            }
            final boolean memory =
                    operand.kind() == 'M'
                            || "EWQ".indexOf(operand.kind()) >= 0
                                    && (memoryOnly || dice.percent(45));
            if (memory) {
                memory(form, operand, narrow);
            } else {
                final int register = register(operand);
                if (form.special().equals("indirect")) {
                    jumpThrough(register);
                }
                instruction.rm(register);
                mark(operand, register, i == 0 ? !form.has("ro") : form.has("w2"));
            }
        }
    }

    private void jumpThrough(final int register) {
        assembly.setup(Instruction.load(register, 0x11111111));
        assembly.jump(4, 0, false, dice.below(3));
        dirty |= 1 << register;
    }

    private void memory(final Form form, final Operand operand, final boolean narrow) {
        final String own = form.value("memory");
        final int size = own.isEmpty() ? operand.bytes(operandSize) : Integer.parseInt(own);
        final boolean mayFault = single || dice.percent(15);
        final boolean aligned = form.has("align16");
        if (mayFault && form.special().isEmpty() && !narrow && dice.percent(2)) {
            final int register = dice.pick(3, 5, 12, 13);
            dirty |= 1 << register;
            places.notCanonical(instruction, assembly, register);
            return;
        }
        target = places.target(size, aligned, mayFault);
        int place = target;
        if (form.special().equals("bitstring")) {
            place -= bitOffset(size);
        }
        places.address(instruction, place, dirty, narrow);
        if (form.special().equals("indirect")) {
            assembly.setup(Instruction.store(target, 0x11111111, 8));
            assembly.jump(4, 0, false, dice.below(3));
        }
    }

    /**
     * Loads the bit offset and returns how many bytes from the operand's address the bit's unit
     * lies.
     */
    private int bitOffset(final int size) {
        final int offset = dice.below(0x8000) - 0x4000;
        final int register = bitOffsetRegister;
        assembly.setup(Instruction.load(register, offset));
        dirty |= 1 << register;
        return Math.floorDiv(offset, size * 8) * size;
    }

    private void mark(final Operand operand, final int register, final boolean written) {
        if (operand.kind() == 'G' && !operand.inModRm()) {
            bitOffsetRegister = register;
        }
        if (written && operand.general()) {
            final boolean high = operand.bytes(operandSize) == 1 && register >= 4 && register < 8;
            dirty |= 1 << register | (high ? 1 << register - 4 : 0);
        }
    }

    private int register(final Operand operand) {
        if ("PQN".indexOf(operand.kind()) >= 0) {
            return dice.below(8);
        }
        if ("VWU".indexOf(operand.kind()) >= 0) {
            return dice.below(dice.percent(70) ? 8 : 16);
        }
        int register = dice.below(dice.percent(60) ? 8 : 16);
        if ((reserved >> register & 1) != 0 && dice.percent(85)) {
            register = dice.below(16);
        }
        final boolean isByte = operand.bytes(operandSize) == 1;
        if (register == StateMaker.RSP && !isByte && dice.percent(90)) {
            register = 8 + dice.below(8);
        }
        return register;
    }

    private void immediates(final Form form, final boolean narrow) {
        for (final Operand operand : form.operands()) {
            final int size = operand.bytes(operandSize);
            switch (operand.kind()) {
                case 'I':
                    instruction.immediate(immediate(form, size), size);
                    break;
                case 'J':
                    instruction.immediate(0, size);
                    break;
                case 'O':
                    target = places.target(size, false, single);
                    instruction.immediate(target, narrow ? 4 : 8);
                    break;
                default:
            }
        }
        if (form.value("shift").equals("cl") || form.value("rotate").equals("cl")) {
            countInCl(form);
        }
    }

    private long immediate(final Form form, final int size) {
        if (form.value("shift").equals("imm") || form.value("rotate").equals("imm")) {
            knownCount = dice.percent(80) ? dice.below(70) : dice.below(256);
            if (form.special().equals("double") && operandSize == 2) {
                knownCount &= 15;
            }
            return knownCount;
        }
        if (form.special().equals("enter")) {
            return size == 2
                    ? 8L * dice.below(9)
                    : dice.percent(90) ? dice.below(3) : dice.below(7);
        }
        if (form.special().equals("ret")) {
            return 8L * dice.below(5);
        }
        return values.integer();
    }

    private void countInCl(final Form form) {
        if (form.special().equals("double") && operandSize == 2) {
            knownCount = dice.below(17) & 15;
            assembly.setup(Instruction.load(StateMaker.RCX, knownCount));
            dirty |= 1 << StateMaker.RCX;
        } else if ((dirty >> StateMaker.RCX & 1) == 0) {
            knownCount = (int) gpr[StateMaker.RCX] & 0xff;
        }
    }
}
