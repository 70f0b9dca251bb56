package org.interposer.api.net;

import org.osgi.annotation.versioning.ConsumerType;

/** The upper side of a network stage: takes frames that come from the world. */
@ConsumerType
public interface NetReceiver {
    /**
     * Offers frames; their bytes are valid only during the call. Called on one thread at a time.
     *
     * @return frames taken from the front of the batch; when fewer than offered, the stage below
     *     waits for {@link NetBackend#receiveReady} before it offers the rest
     */
    int receive(FrameBatch batch);

    /** The link changed. */
    void linkChanged(LinkState state);
}
