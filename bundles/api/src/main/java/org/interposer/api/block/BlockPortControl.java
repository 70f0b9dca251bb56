package org.interposer.api.block;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The operator's side of a port. A service with the properties {@link #MACHINE} and {@link
 * #DEVICE}. Thread-safe; changes run one after the other. A change either happens entirely or not
 * at all: on an exception the chain is as it was.
 */
@ProviderType
public interface BlockPortControl {
    /** Service property: machine name. */
    String MACHINE = "machine";

    /** Service property: device id. */
    String DEVICE = "device";

    /** Machine name. */
    String machine();

    /** Device id. */
    String device();

    /** Chain, hold, figures. */
    PortStatus status();

    /**
     * Makes the chain be this: stages that stay are kept open, new ones opened before the hold, old
     * ones closed after it.
     *
     * @param chain ids from the front-end down
     */
    SwapReport swap(List<String> chain) throws SwapException;

    /** {@link #swap} with one stage replaced. */
    SwapReport replace(String stage, String successor) throws SwapException;

    /**
     * {@link #swap} with an interposer put in.
     *
     * @param position 0 is next to the front-end
     */
    SwapReport insert(String stage, int position) throws SwapException;

    /** {@link #swap} with an interposer taken out. */
    SwapReport remove(String stage) throws SwapException;

    /**
     * Holds until {@link #release}: admits nothing, drains, flushes. When it returns, the back-end
     * is at rest and may be copied.
     */
    void hold() throws SwapException;

    /** Ends {@link #hold}. */
    void release();

    /** The last changes, oldest first. */
    List<SwapReport> history();
}
