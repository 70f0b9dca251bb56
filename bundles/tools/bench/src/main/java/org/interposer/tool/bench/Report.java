package org.interposer.tool.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;

/** The table, as text and as JSON. */
record Report(List<String> machine, List<Row> rows) {
    private static final String LINE = "%-34s %22s %26s %20s  %-10s %s%n";

    Report {
        machine = List.copyOf(machine);
        rows = List.copyOf(rows);
    }

    String text() {
        StringBuilder text = new StringBuilder();
        machine.forEach(line -> text.append(line).append('\n'));
        text.append('\n');
        text.append(
                format(LINE, "median (min–max)", "Interposer", "peer", "ratio", "wanted", "met"));
        for (Row row : rows) {
            text.append(
                    format(
                            LINE,
                            row.what() + ", " + row.unit(),
                            spread(row.ours()),
                            row.peer().map(p -> p.name() + " " + spread(p.samples())).orElse("–"),
                            row.ratio().map(Report::spread).orElse("–"),
                            row.wanted(),
                            row.wanted().isEmpty() ? "" : row.met() ? "yes" : "NO"));
        }
        text.append('\n');
        rows.forEach(
                row ->
                        text.append("  ")
                                .append(row.what())
                                .append(": ")
                                .append(row.settings())
                                .append('\n'));
        return text.toString();
    }

    String json() {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        ArrayNode about = root.putArray("machine");
        machine.forEach(about::add);
        ArrayNode list = root.putArray("rows");
        rows.forEach(row -> list.add(json(row)));
        return root.toPrettyString() + "\n";
    }

    private static ObjectNode json(Row row) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("what", row.what()).put("unit", row.unit());
        node.set("interposer", json(row.ours()));
        row.peer()
                .ifPresent(
                        peer -> {
                            node.put("peer", peer.name());
                            node.set("peerSamples", json(peer.samples()));
                        });
        row.ratio().ifPresent(ratio -> node.set("ratio", json(ratio)));
        return node.put("wanted", row.wanted())
                .put("met", row.met())
                .put("settings", row.settings());
    }

    private static ObjectNode json(Samples samples) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("median", samples.median()).put("min", samples.min()).put("max", samples.max());
        ArrayNode values = node.putArray("values");
        for (double value : samples.values()) {
            values.add(value);
        }
        return node;
    }

    private static String spread(Samples s) {
        return number(s.median()) + " (" + number(s.min()) + "–" + number(s.max()) + ")";
    }

    private static String number(double value) {
        return value >= 1000
                ? format("%,.0f", value)
                : value >= 100 ? format("%.0f", value) : format("%.2f", value);
    }

    private static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }
}
