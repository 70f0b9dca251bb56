package org.interposer.core.port;

import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;
import org.interposer.api.block.BlockBackendProvider;
import org.interposer.api.block.BlockInterposerProvider;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.util.tracker.ServiceTracker;
import org.osgi.util.tracker.ServiceTrackerCustomizer;

/**
 * Stages from the service registry. A service that goes away is reported inside its UNREGISTERING
 * event, which is synchronous: its bundle does not stop before all ports have let go of it.
 */
final class OsgiStages implements StageSource, AutoCloseable {
    private final BundleContext context;
    private final Map<ServiceReference<?>, StageProvider> providers = new ConcurrentHashMap<>();
    private final CopyOnWriteArrayList<Listener> listeners = new CopyOnWriteArrayList<>();
    private final ServiceTracker<BlockBackendProvider, StageProvider> backends;
    private final ServiceTracker<BlockInterposerProvider, StageProvider> interposers;

    OsgiStages(BundleContext context) {
        this.context = context;
        backends =
                new ServiceTracker<>(
                        context,
                        BlockBackendProvider.class,
                        new Customizer<>(StageProvider::of, BlockBackendProvider::id));
        interposers =
                new ServiceTracker<>(
                        context,
                        BlockInterposerProvider.class,
                        new Customizer<>(StageProvider::of, BlockInterposerProvider::id));
        backends.open();
        interposers.open();
    }

    @Override
    public Optional<StageProvider> find(String id) {
        return providers.entrySet().stream()
                .filter(e -> e.getValue().id().equals(id))
                .max(Comparator.comparing(Map.Entry::getKey))
                .map(Map.Entry::getValue);
    }

    @Override
    public SortedSet<String> ids() {
        SortedSet<String> ids = new TreeSet<>();
        providers.values().forEach(p -> ids.add(p.id()));
        return ids;
    }

    @Override
    public void addListener(Listener listener) {
        listeners.add(listener);
    }

    @Override
    public void removeListener(Listener listener) {
        listeners.remove(listener);
    }

    @Override
    public void close() {
        backends.close();
        interposers.close();
    }

    private final class Customizer<S> implements ServiceTrackerCustomizer<S, StageProvider> {
        private final BiFunction<String, S, StageProvider> wrap;
        private final java.util.function.Function<S, String> name;

        Customizer(
                BiFunction<String, S, StageProvider> wrap,
                java.util.function.Function<S, String> name) {
            this.wrap = wrap;
            this.name = name;
        }

        @Override
        public StageProvider addingService(ServiceReference<S> reference) {
            S service = context.getService(reference);
            if (service == null) {
                return null;
            }
            Object property = reference.getProperty(BlockBackendProvider.ID);
            String id = property instanceof String text ? text : name.apply(service);
            StageProvider provider = wrap.apply(id, service);
            providers.put(reference, provider);
            listeners.forEach(l -> l.present(id));
            return provider;
        }

        @Override
        public void modifiedService(ServiceReference<S> reference, StageProvider provider) {
            listeners.forEach(l -> l.present(provider.id()));
        }

        @Override
        public void removedService(ServiceReference<S> reference, StageProvider provider) {
            providers.remove(reference);
            listeners.forEach(l -> l.gone(provider));
            context.ungetService(reference);
        }
    }
}
