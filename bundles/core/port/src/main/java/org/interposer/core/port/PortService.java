package org.interposer.core.port;

import java.io.IOException;
import java.time.Duration;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.interposer.api.block.BlockPort;
import org.interposer.api.block.BlockPortControl;
import org.interposer.api.block.BlockPortFactory;
import org.interposer.api.block.BlockTransactions;
import org.interposer.api.block.PortSpec;
import org.interposer.api.block.SwapException;
import org.interposer.api.block.SwapReport;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** Opens ports over stages of the service registry and publishes their controls. */
@Component(
        service = {BlockPortFactory.class, BlockTransactions.class},
        immediate = true)
public final class PortService implements BlockPortFactory, BlockTransactions {
    private static final Duration STAGE_WAIT = Duration.ofSeconds(5);
    private static final Duration POLL = Duration.ofMillis(10);

    private final BundleContext context;
    private final OsgiStages stages;
    private final Set<BlockPort> open = ConcurrentHashMap.newKeySet();

    /** Starts to watch for stages. */
    @Activate
    public PortService(BundleContext context) {
        this.context = context;
        stages = new OsgiStages(context);
    }

    @Override
    public BlockPort open(PortSpec spec) throws IOException {
        awaitStages(spec);
        PortControl control = PortControl.open(spec, stages);
        BlockPort port = control.port();
        ServiceRegistration<BlockPortControl> published = publish(spec, control);
        control.afterClose(
                () -> {
                    if (open.remove(port)) {
                        published.unregister();
                    }
                });
        open.add(port);
        return port;
    }

    private ServiceRegistration<BlockPortControl> publish(PortSpec spec, PortControl control) {
        Dictionary<String, Object> properties = new Hashtable<>();
        properties.put(BlockPortControl.MACHINE, spec.machine());
        properties.put(BlockPortControl.DEVICE, spec.device());
        return context.registerService(BlockPortControl.class, control, properties);
    }

    /** Configurations arrive in any order; a machine must not fail because its disk came second. */
    private void awaitStages(PortSpec spec) throws IOException {
        long deadline = System.nanoTime() + STAGE_WAIT.toNanos();
        Optional<String> missing = missing(spec);
        while (missing.isPresent() && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(POLL.toNanos());
            if (Thread.currentThread().isInterrupted()) {
                break;
            }
            missing = missing(spec);
        }
        if (missing.isPresent()) {
            throw new IOException(
                    "%s/%s: %s"
                            .formatted(
                                    spec.machine(),
                                    spec.device(),
                                    Chains.missing(missing.get(), stages).getMessage()));
        }
    }

    private Optional<String> missing(PortSpec spec) {
        return spec.chain().stream().filter(id -> stages.find(id).isEmpty()).findFirst();
    }

    @Override
    public List<SwapReport> swap(Map<BlockPortControl, List<String>> chains) throws SwapException {
        return Transactions.swap(chains);
    }

    /** Closes all ports. */
    @Deactivate
    void deactivate() {
        open.forEach(BlockPort::close);
        stages.close();
    }
}
