package org.interposer.core.machine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.interposer.api.machine.MachineException;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.util.tracker.ServiceTracker;

/** Parts from the service registry. */
final class BundleParts implements Parts {
    private static final long WAIT_MILLIS = 5000;

    private final BundleContext context;
    private final String machine;

    BundleParts(BundleContext context, String machine) {
        this.context = context;
        this.machine = machine;
    }

    @Override
    public <T> T require(Class<T> type, String bundle, UndoStack undo) throws MachineException {
        ServiceTracker<T, T> tracker = new ServiceTracker<>(context, type, null);
        tracker.open();
        undo.push("tracker of " + type.getSimpleName(), tracker::close);
        try {
            T service = tracker.waitForService(WAIT_MILLIS);
            if (service != null) {
                return service;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new MachineException(
                String.format(
                        "machine '%s' cannot start: no bundle offers %s; install and start the"
                                + " bundle %s",
                        machine, type.getSimpleName(), bundle));
    }

    @Override
    public <T> List<T> all(Class<T> type, UndoStack undo) {
        List<T> services = new ArrayList<>();
        for (ServiceReference<T> reference : references(type)) {
            T service = context.getService(reference);
            if (service != null) {
                services.add(service);
                undo.push(type.getSimpleName(), () -> context.ungetService(reference));
            }
        }
        return services;
    }

    private <T> List<ServiceReference<T>> references(Class<T> type) {
        try {
            List<ServiceReference<T>> sorted =
                    new ArrayList<>(context.getServiceReferences(type, null));
            sorted.sort(Collections.reverseOrder());
            return sorted;
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException("no filter was given", e);
        }
    }
}
