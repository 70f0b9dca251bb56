package org.interposer.tool.shell;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/** Services from the registry. */
final class BundleServices implements Services {
    private final BundleContext context;
    private final List<ServiceReference<?>> held = new ArrayList<>();

    BundleServices(BundleContext context) {
        this.context = context;
    }

    @Override
    public <T> List<T> all(Class<T> type, String filter) {
        List<T> services = new ArrayList<>();
        try {
            for (ServiceReference<T> reference : references(type, filter)) {
                T service = context.getService(reference);
                if (service != null) {
                    held.add(reference);
                    services.add(service);
                }
            }
        } catch (InvalidSyntaxException e) {
            throw new IllegalArgumentException("'" + filter + "' is not a filter", e);
        }
        return services;
    }

    private <T> Collection<ServiceReference<T>> references(Class<T> type, String filter)
            throws InvalidSyntaxException {
        return context.getServiceReferences(type, filter.isEmpty() ? null : filter);
    }

    @Override
    public void close() {
        held.forEach(context::ungetService);
    }
}
