package org.interposer.itests.differential.generate;

/**
 * An operand as the opcode maps write it.
 *
 * @param kind where it is: a letter of the table's legend; {@code *} stands for an implied one
 * @param size a size letter, or {@code n} for a fixed number of bytes
 * @param fixed that number
 */
record Operand(char kind, char size, int fixed) {

    static Operand parse(final String text) {
        if (text.equals("v") || text.equals("b")) {
            return new Operand('*', text.charAt(0), 0);
        }
        final char size = text.charAt(1);
        if (Character.isDigit(size)) {
            return new Operand(text.charAt(0), 'n', Integer.parseInt(text.substring(1)));
        }
        return new Operand(text.charAt(0), size, 0);
    }

    /** Bytes, when the operand size of the instruction is {@code operandSize}. */
    int bytes(final int operandSize) {
        switch (size) {
            case 'b':
            case 's':
                return 1;
            case 'w':
                return 2;
            case 'd':
                return 4;
            case 'q':
                return 8;
            case 'x':
                return 16;
            case 'v':
                return operandSize;
            case 'y':
                return operandSize == 8 ? 8 : 4;
            case 'z':
                return Math.min(operandSize, 4);
            default:
                return fixed;
        }
    }

    boolean inModRm() {
        return "EMWUQNR".indexOf(kind) >= 0;
    }

    boolean inReg() {
        return "GVP".indexOf(kind) >= 0;
    }

    /** Whether it can be (or is) a general register that an instruction names. */
    boolean general() {
        return "EGRZ".indexOf(kind) >= 0;
    }
}
