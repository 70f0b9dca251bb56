package org.interposer.api.block;

import java.util.Map;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A stage of a block chain: a back-end, or an interposer, which is a back-end over a back-end.
 *
 * <p>To each request a stage gives one of four verdicts: <b>complete</b> it ({@code OK}),
 * <b>fail</b> it, <b>pass</b> it to the stage below, or <b>defer</b> it: keep it and give one of
 * the other three later. No ordering is promised between requests in flight; FLUSH covers the
 * writes that had completed when it was submitted.
 *
 * <p>{@link #submit} is called by several threads at once (one a queue). The conformance suite
 * {@code BlockBackendContract} states all this as tests.
 */
@ConsumerType
public interface BlockBackend extends AutoCloseable {
    /** Size and abilities; constant while the stage is open, except after {@link #lowerChanged}. */
    BlockGeometry geometry();

    /**
     * Takes a request. It may complete inside the call or later on any thread; it must not block on
     * anything slower than the disk itself and must not throw. The caller follows up with {@link
     * #kick}.
     *
     * <ul>
     *   <li>A request that does not {@linkplain BlockRequest#fits fit} the disk ends with {@code
     *       IO_ERROR}; nothing is transferred.
     *   <li>WRITE, DISCARD and WRITE_ZEROES on a read-only disk end with {@code UNSUPPORTED}.
     *   <li>DISCARD and WRITE_ZEROES work whatever the geometry says, so that a swap never takes
     *       them from a guest: who cannot discard does nothing, who has no cheap way to write
     *       zeroes writes them.
     *   <li>After {@link #close} a request ends with {@code LOST}.
     * </ul>
     *
     * A stage that changes a request's range or data on the way down puts it back on the way up: a
     * lost request is issued again from the top.
     */
    void submit(BlockRequest request);

    /**
     * End of a batch of submissions; a stage that collects them starts them now. Interposers pass
     * it down.
     */
    default void kick() {}

    /**
     * Interposers: what is below was exchanged while nothing was in flight; the geometry may have
     * grown.
     */
    default void lowerChanged() {}

    /**
     * The port is on hold and nothing of it is in flight; called on any thread that is not inside a
     * stage, as are {@link #lowerChanged} and {@link #resume}. A stage that issues requests of its
     * own (copy, read-ahead) waits for those in flight, a few seconds at most, and issues none
     * until {@link #resume}. Below such a stage the chain may be exchanged or its back-end copied.
     */
    default void pause() {}

    /** Ends {@link #pause}; after {@link #lowerChanged}, before new requests arrive. */
    default void resume() {}

    /**
     * Interposers: whether the stage may hold data that is not below it yet. One that ends no write
     * and no flush before the same has ended below says false: then it is taken out of a chain
     * without a flush, and the pause is as short as it can be. Constant.
     */
    default boolean keepsData() {
        return true;
    }

    /**
     * Figures for people, name to text with unit; interposers and back-ends that measure something
     * override it.
     */
    default Map<String, String> metrics() {
        return Map.of();
    }

    /**
     * Ends. When it returns, every request taken and not passed on has been completed ({@code LOST}
     * if it was not finished) and no guest memory is touched any more. Bounded: at most a few
     * seconds. Idempotent. An interposer does not close what is below it.
     */
    @Override
    void close();
}
