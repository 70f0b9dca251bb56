package org.interposer.api.block;

import java.util.List;
import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Service that changes several ports as one: all are held and drained before the first is switched.
 * Thread-safe.
 */
@ProviderType
public interface BlockTransactions {
    /**
     * Swaps all chains, or none.
     *
     * @param chains port to its new chain
     * @return a report a port, in the map's order
     */
    List<SwapReport> swap(Map<BlockPortControl, List<String>> chains) throws SwapException;
}
