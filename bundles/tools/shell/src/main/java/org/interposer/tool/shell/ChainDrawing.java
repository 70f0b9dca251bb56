package org.interposer.tool.shell;

import java.util.List;
import java.util.Locale;
import org.interposer.api.block.PortStatus;
import org.interposer.api.block.SwapReport;
import org.interposer.api.config.Sizes;

/** Chains and their changes in text. */
final class ChainDrawing {
    private static final String INDENT = "    ";

    private ChainDrawing() {}

    static String draw(String port, PortStatus status) {
        StringBuilder text = new StringBuilder(port);
        text.append("  ")
                .append(Sizes.format(status.geometry().bytes()))
                .append(status.hold().map(h -> ", on hold: " + h).orElse(""))
                .append('\n');
        text.append(INDENT)
                .append("│ ")
                .append(status.inFlight())
                .append(" in flight, ")
                .append(status.admitted())
                .append(" admitted, ")
                .append(status.failed())
                .append(" failed\n");
        PortStatus.Pauses pauses = status.pauses();
        if (pauses.count() > 0) {
            text.append(INDENT)
                    .append(
                            String.format(
                                    Locale.ROOT,
                                    "│ %d pauses: p50 %s, p99 %s, longest %s%n",
                                    pauses.count(),
                                    time(pauses.p50()),
                                    time(pauses.p99()),
                                    time(pauses.max())));
        }
        List<PortStatus.Stage> stages = status.stages();
        for (int i = 0; i < stages.size(); i++) {
            PortStatus.Stage stage = stages.get(i);
            boolean last = i == stages.size() - 1;
            text.append(INDENT).append("▼\n  ");
            text.append(last ? "[" : "<").append(stage.id()).append(last ? "]" : ">");
            text.append("  ").append(stage.present() ? stage.description() : "(gone)");
            text.append('\n');
            if (!stage.metrics().isEmpty()) {
                text.append(INDENT)
                        .append(last ? "  " : "│ ")
                        .append(ChainCommands.metrics(stage.metrics()))
                        .append('\n');
            }
        }
        return text.toString();
    }

    static String history(List<SwapReport> reports) {
        Table table =
                new Table(
                        "TIME",
                        "CAUSE",
                        "PAUSE",
                        "OPEN",
                        "DRAIN",
                        "FLUSH",
                        "SWITCH",
                        "IN FLIGHT",
                        "AGAIN",
                        "CHAIN");
        for (SwapReport report : reports) {
            table.row(
                    report.time().toString(),
                    report.cause(),
                    time(report.holdNanos()),
                    time(report.openNanos()),
                    time(report.drainNanos()),
                    time(report.flushNanos()),
                    time(report.switchNanos()),
                    Integer.toString(report.inFlight()),
                    Integer.toString(report.reissued()),
                    report.refusal()
                            .map(r -> "refused: " + r)
                            .orElse(String.join(" → ", report.after())));
        }
        return table.isEmpty() ? "no changes yet\n" : table.toString();
    }

    /** What the guest noticed since the port was opened. */
    static String guestErrors(PortStatus status) {
        return String.format(
                "guest-visible errors: %d of %d requests", status.failed(), status.admitted());
    }

    static String line(SwapReport report) {
        return String.format(
                Locale.ROOT,
                "%s in %s (drain %s, flush %s, switch %s; %d in flight)",
                String.join(" → ", report.after()),
                time(report.holdNanos()),
                time(report.drainNanos()),
                time(report.flushNanos()),
                time(report.switchNanos()),
                report.inFlight());
    }

    /** Nanoseconds with a fitting unit. */
    static String time(long nanos) {
        if (nanos < 1_000) {
            return nanos + " ns";
        }
        if (nanos < 1_000_000) {
            return String.format(Locale.ROOT, "%.1f µs", nanos / 1e3);
        }
        return nanos < 1_000_000_000L
                ? String.format(Locale.ROOT, "%.2f ms", nanos / 1e6)
                : String.format(Locale.ROOT, "%.2f s", nanos / 1e9);
    }
}
