package org.interposer.core.machine;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What has to be undone, last first. Not thread-safe. */
final class UndoStack implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(UndoStack.class);

    private record Step(String what, AutoCloseable undo) {}

    private final Deque<Step> steps = new ArrayDeque<>();

    /** Remembers how to undo something. */
    void push(String what, AutoCloseable undo) {
        steps.push(new Step(what, undo));
    }

    /** Undoes everything; a step that fails is logged and does not stop the others. */
    @Override
    public void close() {
        while (!steps.isEmpty()) {
            Step step = steps.pop();
            try {
                step.undo().close();
            } catch (Exception e) {
                LOG.error("Closing {} failed", step.what(), e);
            }
        }
    }
}
