package org.interposer.itests.differential.generate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.interposer.itests.differential.Flags;

/**
 * One line of the table of forms.
 *
 * @param name mnemonic, encoding and operands
 * @param prefix mandatory prefix, or 0
 * @param opcode the opcode's bytes
 * @param modRm -1 without a ModRM byte, 0–7 for a digit, 8 for a register
 * @param plus 'r' or 'i' if a register is part of the last opcode byte, otherwise 0
 * @param operands the explicit ones
 * @param group the section of the table
 * @param attributes name and value; the value of a plain word is empty
 */
record Form(
        String name,
        int prefix,
        int[] opcode,
        int modRm,
        char plus,
        List<Operand> operands,
        Group group,
        Map<String, String> attributes) {

    /** What registers a form works on. */
    enum Group {
        INTEGER,
        X87,
        MMX,
        SSE
    }

    static Form parse(final String line) {
        final String[] columns = line.split("\\|", -1);
        final String encoding = columns[1].trim();
        final List<Operand> operands = new ArrayList<>();
        if (!columns[2].isBlank()) {
            for (final String operand : columns[2].trim().split(",")) {
                operands.add(Operand.parse(operand));
            }
        }
        final Map<String, String> attributes = new HashMap<>();
        for (final String attribute : columns[3].trim().split(" +")) {
            final int equals = attribute.indexOf('=');
            attributes.put(
                    equals < 0 ? attribute : attribute.substring(0, equals),
                    equals < 0 ? "" : attribute.substring(equals + 1));
        }
        return parseEncoding(columns[0].trim(), encoding, columns[2].trim(), operands, attributes);
    }

    private static Form parseEncoding(
            final String mnemonic,
            final String encoding,
            final String operandText,
            final List<Operand> operands,
            final Map<String, String> attributes) {
        final List<Integer> bytes = new ArrayList<>();
        int modRm = -1;
        char plus = 0;
        for (final String token : encoding.split(" +")) {
            if (token.equals("/r")) {
                modRm = 8;
            } else if (token.startsWith("/")) {
                modRm = token.charAt(1) - '0';
            } else if (token.startsWith("+")) {
                plus = token.charAt(1);
            } else {
                bytes.add(Integer.parseInt(token, 16));
            }
        }
        int prefix = 0;
        final int first = bytes.get(0);
        if (bytes.size() > 1 && (first == 0x66 || first == 0xf2 || first == 0xf3)) {
            prefix = first;
            bytes.remove(0);
        }
        final String name = String.join(" ", mnemonic, encoding, operandText).trim();
        return new Form(
                name,
                prefix,
                bytes.stream().mapToInt(Integer::intValue).toArray(),
                modRm,
                plus,
                List.copyOf(operands),
                group(bytes.get(0), operands, attributes),
                Map.copyOf(attributes));
    }

    private static Group group(
            final int first, final List<Operand> operands, final Map<String, String> attributes) {
        if (attributes.containsKey("mmx")) {
            return Group.MMX;
        }
        if (first >= 0xd8 && first <= 0xdf || first == 0x9b) {
            return Group.X87;
        }
        final boolean simd =
                operands.stream().anyMatch(operand -> "VWU".indexOf(operand.kind()) >= 0)
                        || attributes.getOrDefault("special", "").matches("fx.*|ldmxcsr");
        return simd ? Group.SSE : Group.INTEGER;
    }

    boolean has(final String attribute) {
        return attributes.containsKey(attribute);
    }

    String value(final String attribute) {
        return attributes.getOrDefault(attribute, "");
    }

    /** The special treatment the form asks for, or an empty string. */
    String special() {
        return value("special");
    }

    int flags(final String attribute) {
        return Flags.parse(value(attribute));
    }

    /** Whether the operand size is a choice. */
    boolean sized() {
        return operands.stream().anyMatch(operand -> "vyz".indexOf(operand.size()) >= 0);
    }

    /** Whether 16 bits are among the choices. */
    boolean has16() {
        return !has("no16")
                && prefix != 0x66
                && operands.stream().anyMatch(operand -> "vz".indexOf(operand.size()) >= 0);
    }

    @Override
    public String toString() {
        return name;
    }
}
