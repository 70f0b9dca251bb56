package org.interposer.api.block;

import org.osgi.annotation.versioning.ProviderType;

/**
 * The front-end's side of a port. {@link #submit} and {@link #kick} may be called by several I/O
 * threads at once and allocate nothing.
 */
@ProviderType
public interface BlockPort extends AutoCloseable {
    /** Size and abilities of the chain. */
    BlockGeometry geometry();

    /**
     * Admits a request and sends it down the chain. The front-end has pushed its own completion
     * before. A change of the chain that is due is made inside this call, or inside {@link #kick},
     * because the caller is the thread that is running anyway; the listener is then told inside it.
     *
     * @return false while the port is on hold: nothing was taken, the request stays in the guest's
     *     ring until {@link PortListener#released}
     */
    boolean submit(BlockRequest request);

    /** End of a batch of submissions. */
    void kick();

    /** Sets the listener; told of later events only. */
    void listener(PortListener listener);

    /**
     * Waits until nothing is in flight. For {@code quiesce}: the front-end itself submits nothing
     * meanwhile. @return false after the drain limit
     */
    boolean awaitDrained();

    /** Whether an operator holds the port, so that a front-end can say it in its state. */
    boolean heldByOperator();

    /**
     * Puts the port on hold as its operator would: for a front-end that takes the place of one
     * whose port was. {@link BlockPortControl#release} ends it.
     *
     * @throws IllegalStateException when the chain cannot be held; the message says why
     */
    void hold();

    /** Drains, flushes and closes the chain. */
    @Override
    void close();
}
