package org.interposer.core.state;

import java.util.Arrays;
import java.util.HexFormat;
import org.interposer.api.state.StateRecord;

/** Records as text for people: a field a line, nested records indented. */
final class Description {
    private static final int SHOWN_BYTES = 16;
    private static final String INDENT = "  ";

    private final StringBuilder text = new StringBuilder();

    private Description() {}

    static String of(StateRecord record) {
        Description description = new Description();
        description.add(record, "");
        return description.text.toString();
    }

    static String hex(byte[] bytes) {
        return HexFormat.ofDelimiter(" ").formatHex(bytes);
    }

    private void add(StateRecord record, String indent) {
        text.append(record.type()).append(" v").append(record.version()).append('\n');
        record.fields().forEach((name, value) -> add(name, value, indent + INDENT));
    }

    private void add(String name, StateRecord.Value value, String indent) {
        text.append(indent).append(name).append(": ");
        if (value instanceof StateRecord.Number number) {
            text.append(number.value());
            if (number.value() < 0 || number.value() > 9) {
                text.append(String.format(" (0x%x)", number.value()));
            }
            text.append('\n');
        } else if (value instanceof StateRecord.Text string) {
            text.append('"').append(escape(string.value())).append("\"\n");
        } else if (value instanceof StateRecord.Bytes bytes) {
            text.append(show(bytes.value())).append('\n');
        } else if (value instanceof StateRecord.Nested nested) {
            add(nested.value(), indent);
        } else if (value instanceof StateRecord.Records records) {
            text.append(records.value().size()).append(" records\n");
            for (StateRecord record : records.value()) {
                text.append(indent).append("- ");
                add(record, indent + INDENT);
            }
        }
    }

    /** Keeps a field on its line. */
    private static String escape(String value) {
        return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
    }

    private static String show(byte[] bytes) {
        String start = hex(Arrays.copyOf(bytes, Math.min(bytes.length, SHOWN_BYTES)));
        String more = bytes.length > SHOWN_BYTES ? " …" : "";
        return (bytes.length + " bytes " + start + more).strip();
    }
}
