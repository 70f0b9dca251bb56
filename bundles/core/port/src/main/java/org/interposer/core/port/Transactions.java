package org.interposer.core.port;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.interposer.api.block.BlockPortControl;
import org.interposer.api.block.SwapException;
import org.interposer.api.block.SwapReport;

/** Changes of several ports as one. Locks are taken in the order in which ports were opened. */
final class Transactions {
    private Transactions() {}

    static List<SwapReport> swap(Map<BlockPortControl, List<String>> chains) throws SwapException {
        Map<PortControl, List<String>> ports = new LinkedHashMap<>();
        for (Map.Entry<BlockPortControl, List<String>> entry : chains.entrySet()) {
            if (!(entry.getKey() instanceof PortControl port)) {
                throw new SwapException(
                        entry.getKey().machine()
                                + "/"
                                + entry.getKey().device()
                                + " is not a port of this bundle; swap it by itself");
            }
            ports.put(port, entry.getValue());
        }
        List<PortControl> order = new ArrayList<>(ports.keySet());
        order.sort(Comparator.comparingLong(PortControl::number));
        List<PortControl> locked = new ArrayList<>();
        try {
            for (PortControl port : order) {
                port.lockOrRefuse();
                locked.add(port);
            }
            List<Change> changes = new ArrayList<>();
            ports.forEach((port, ids) -> changes.add(new Change(port, "transaction", ids)));
            return ChangeRunner.run(changes);
        } finally {
            locked.forEach(p -> p.lock().unlock());
        }
    }
}
