package org.interposer.core.port;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.interposer.api.block.SwapException;
import org.interposer.api.block.SwapReport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs changes of one or several chains as one; the caller has the locks of all ports. */
final class ChangeRunner {
    private static final Logger LOG = LoggerFactory.getLogger(ChangeRunner.class);

    private ChangeRunner() {}

    /** A step that may refuse. */
    private interface Step {
        void run(Change change) throws IOException;
    }

    /** All, or none. */
    static List<SwapReport> run(List<Change> changes) throws SwapException {
        all(changes, Change::prepare, changes, Port.CHANGE);
        all(changes, Change::flushAhead, changes, Port.CHANGE);
        all(changes, c -> c.hold(Port.CHANGE), changes, Port.CHANGE);
        all(changes, Change::drain, changes, Port.CHANGE);
        all(changes, Change::startFlush, changes, Port.CHANGE);
        all(changes, Change::awaitFlush, changes, Port.CHANGE);
        changes.forEach(Change::commit);
        changes.forEach(c -> c.release(Port.CHANGE));
        List<SwapReport> reports = new ArrayList<>();
        changes.forEach(c -> reports.add(c.finish()));
        reports.forEach(
                r ->
                        LOG.info(
                                "chain {} is now {}: {}, held {} µs",
                                r.before(),
                                r.after(),
                                r.cause(),
                                r.holdNanos() / 1000));
        return reports;
    }

    /** The operator's hold: at rest and flushed afterwards. */
    static void hold(Change change) throws SwapException {
        List<Change> one = List.of(change);
        all(one, Change::flushAhead, one, Port.OPERATOR);
        all(one, c -> c.hold(Port.OPERATOR), one, Port.OPERATOR);
        all(one, Change::drain, one, Port.OPERATOR);
        all(one, Change::startFlush, one, Port.OPERATOR);
        all(one, Change::awaitFlush, one, Port.OPERATOR);
        change.tell(Optional.empty());
    }

    private static void all(List<Change> changes, Step step, List<Change> undo, int reason)
            throws SwapException {
        for (Change change : changes) {
            try {
                step.run(change);
            } catch (IOException | RuntimeException | Error e) {
                String why = e.getMessage() == null ? e.toString() : e.getMessage();
                String refusal = change.control().name() + ": " + why;
                undo.forEach(c -> c.abort(reason, refusal));
                LOG.warn("a change was refused, the chain stays as it was: {}", refusal);
                throw new SwapException(refusal + " (the chain stays as it was)", e);
            }
        }
    }
}
