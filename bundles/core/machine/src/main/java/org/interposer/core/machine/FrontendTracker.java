package org.interposer.core.machine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.interposer.api.frontend.Frontend;
import org.interposer.api.machine.MachineException;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.util.tracker.ServiceTracker;

/**
 * Follows the front-end services of one machine. What has gone is forgotten at once, so that its
 * class loader can be collected. Thread-safe.
 */
final class FrontendTracker extends ServiceTracker<Frontend, Frontend> implements FrontendSource {
    private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(8);

    /** Told of what comes and goes while the tracker is open. */
    interface Events {
        /** A device is there; must not block. */
        void arrived(Frontend device);

        /** A device goes; it must be let go of before this returns. */
        void departing(Frontend device);
    }

    private final String machine;
    private final ConfiguredDevices configured;
    private final Events events;
    private final Map<String, Frontend> devices = new TreeMap<>();

    FrontendTracker(
            BundleContext context, String machine, ConfiguredDevices configured, Events events)
            throws InvalidSyntaxException {
        super(
                context,
                FrameworkUtil.createFilter(
                        String.format(
                                "(&(objectClass=%s)(%s=%s))",
                                Frontend.class.getName(), Frontend.MACHINE, machine)),
                null);
        this.machine = machine;
        this.configured = configured;
        this.events = events;
    }

    @Override
    public Frontend addingService(ServiceReference<Frontend> reference) {
        Frontend device = super.addingService(reference);
        if (device != null) {
            synchronized (devices) {
                devices.put(device.id(), device);
                devices.notifyAll();
            }
            events.arrived(device);
        }
        return device;
    }

    @Override
    public void removedService(ServiceReference<Frontend> reference, Frontend device) {
        synchronized (devices) {
            devices.values().removeIf(d -> d == device);
        }
        events.departing(device);
        super.removedService(reference, device);
    }

    @Override
    public List<String> present() {
        synchronized (devices) {
            return List.copyOf(devices.keySet());
        }
    }

    @Override
    public List<Frontend> awaitConfigured() throws MachineException {
        long end = System.nanoTime() + WAIT_NANOS;
        synchronized (devices) {
            while (true) {
                List<ConfiguredDevices.Device> missing = missing();
                if (missing.isEmpty()) {
                    return devices.values().stream()
                            .sorted(Comparator.comparing(Frontend::id))
                            .toList();
                }
                if (System.nanoTime() - end > 0 || !waited()) {
                    throw absent(missing.get(0));
                }
            }
        }
    }

    private boolean waited() {
        try {
            devices.wait(50);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private List<ConfiguredDevices.Device> missing() {
        List<ConfiguredDevices.Device> missing = new ArrayList<>(configured.of(machine));
        missing.removeIf(d -> devices.containsKey(d.id()));
        return missing;
    }

    private MachineException absent(ConfiguredDevices.Device device) {
        return new MachineException(
                String.format(
                        "machine '%s' cannot start: its device '%s' is not there: is the bundle %s"
                                + " installed and started, and its configuration right (see the"
                                + " log)?",
                        machine, device.id(), device.factoryPid()));
    }
}
