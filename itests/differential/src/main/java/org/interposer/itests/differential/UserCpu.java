package org.interposer.itests.differential;

import java.io.IOException;
import java.util.List;

/**
 * Runs cases: the memory of {@link Layout}, then the state, then the code until it exits or faults.
 */
public interface UserCpu extends AutoCloseable {
    /** The most cases one call may bring. */
    int BATCH = 1000;

    /**
     * Runs the cases, each from its own state and from untouched memory, and returns as many
     * results.
     */
    List<Result> run(List<Case> cases) throws IOException;

    @Override
    void close() throws IOException;
}
