package org.interposer.core.port;

import java.util.ArrayDeque;
import java.util.List;
import org.interposer.api.block.SwapReport;

/** The last changes of a port. Thread-safe. */
final class History {
    private static final int KEPT = 256;

    private final ArrayDeque<SwapReport> reports = new ArrayDeque<>(KEPT);

    synchronized void add(SwapReport report) {
        if (reports.size() == KEPT) {
            reports.removeFirst();
        }
        reports.addLast(report);
    }

    synchronized List<SwapReport> all() {
        return List.copyOf(reports);
    }
}
