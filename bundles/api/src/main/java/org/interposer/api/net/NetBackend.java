package org.interposer.api.net;

import java.util.Set;
import org.osgi.annotation.versioning.ConsumerType;

/** A stage of a network chain; an interposer is a NetBackend over a NetBackend. */
@ConsumerType
public interface NetBackend extends AutoCloseable {
    /** Offloads that frames may ask for on the way down. */
    Set<Offload> transmitOffloads();

    /**
     * Sets what frames on the way up may carry; before {@link #open}, changed while the port is
     * drained.
     */
    void receiveOffloads(Set<Offload> accepted);

    /** Starts receiving. */
    void open(NetReceiver up);

    /**
     * Sends frames. Their bytes are the caller's again when the call returns. Called on one thread
     * at a time per queue.
     *
     * @return frames taken from the front of the batch; the caller offers the rest after {@code
     *     ready} was signalled
     */
    int transmit(FrameBatch batch, Runnable ready);

    /** The receiver has room again. Any thread. */
    void receiveReady();

    /** Whether frames flow. */
    LinkState link();

    /** Stops receiving and sending; when it returns no call goes up any more. */
    @Override
    void close();
}
