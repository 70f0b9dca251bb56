package org.interposer.frontend.virtio.blk;

import java.util.Collection;
import java.util.List;
import org.interposer.api.block.BlockPortControl;
import org.interposer.api.block.SwapException;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Swaps through the port's control, as an operator does: a configuration that changes is an
 * operator's wish. On a thread of its own, because a drain may take long and the caller is the
 * configuration's thread; one after the other, in the order they were asked for.
 */
final class PortSwap implements ChainSwap {
    private static final Logger LOG = LoggerFactory.getLogger(PortSwap.class);

    private final BundleContext context;
    private Thread latest = new Thread();

    PortSwap(BundleContext context) {
        this.context = context;
    }

    @Override
    public synchronized void swap(String machine, String device, List<String> chain) {
        Thread before = latest;
        latest =
                new Thread(
                        () -> {
                            if (joined(before)) {
                                run(machine, device, chain);
                            }
                        },
                        machine + "/" + device + "/swap");
        latest.setDaemon(true);
        latest.start();
    }

    private static boolean joined(Thread before) {
        try {
            before.join();
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void run(String machine, String device, List<String> chain) {
        try {
            Collection<ServiceReference<BlockPortControl>> ports = ports(machine, device);
            if (ports.isEmpty()) {
                LOG.info(
                        "{}/{}: no port is open; chain {} counts from the next start on",
                        machine,
                        device,
                        chain);
            }
            for (ServiceReference<BlockPortControl> port : ports) {
                swap(port, chain);
            }
        } catch (SwapException | IllegalStateException e) {
            LOG.error(
                    "{}/{}: the configured chain {} is not in service; the one before it is: {}",
                    machine,
                    device,
                    chain,
                    e.getMessage());
        }
    }

    private void swap(ServiceReference<BlockPortControl> port, List<String> chain)
            throws SwapException {
        BlockPortControl control = context.getService(port);
        if (control == null) {
            return;
        }
        try {
            control.swap(chain);
        } finally {
            context.ungetService(port);
        }
    }

    private Collection<ServiceReference<BlockPortControl>> ports(String machine, String device) {
        String filter =
                String.format(
                        "(&(%s=%s)(%s=%s))",
                        BlockPortControl.MACHINE,
                        escaped(machine),
                        BlockPortControl.DEVICE,
                        escaped(device));
        try {
            return context.getServiceReferences(BlockPortControl.class, filter);
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    /** RFC 1960: these characters mean something in a filter. */
    private static String escaped(String value) {
        return value.replaceAll("([\\\\*()])", "\\\\$1");
    }
}
