package org.interposer.core.port;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.interposer.api.block.BlockBackend;
import org.interposer.api.block.BlockBackendProvider;
import org.interposer.api.block.BlockInterposerProvider;

/** Stands for the service registry. */
final class FakeStages implements StageSource {
    private final Map<String, StageProvider> providers = new ConcurrentHashMap<>();
    private final CopyOnWriteArrayList<Listener> listeners = new CopyOnWriteArrayList<>();

    /** What a provider's open does. */
    interface Opening {
        BlockBackend open() throws IOException;
    }

    /** What an interposer's open does. */
    interface Wrapping {
        BlockBackend open(BlockBackend lower) throws IOException;
    }

    FakeStages backend(String id, Opening opening) {
        return add(
                StageProvider.of(
                        id,
                        new BlockBackendProvider() {
                            @Override
                            public String id() {
                                return id;
                            }

                            @Override
                            public String describe() {
                                return "back-end " + id;
                            }

                            @Override
                            public BlockBackend open() throws IOException {
                                return opening.open();
                            }
                        }));
    }

    FakeStages interposer(String id, Wrapping wrapping) {
        return add(
                StageProvider.of(
                        id,
                        new BlockInterposerProvider() {
                            @Override
                            public String id() {
                                return id;
                            }

                            @Override
                            public String describe() {
                                return "interposer " + id;
                            }

                            @Override
                            public BlockBackend open(BlockBackend lower) throws IOException {
                                return wrapping.open(lower);
                            }
                        }));
    }

    private FakeStages add(StageProvider provider) {
        providers.put(provider.id(), provider);
        listeners.forEach(l -> l.present(provider.id()));
        return this;
    }

    void remove(String id) {
        StageProvider gone = providers.remove(id);
        listeners.forEach(l -> l.gone(gone));
    }

    @Override
    public Optional<StageProvider> find(String id) {
        return Optional.ofNullable(providers.get(id));
    }

    @Override
    public SortedSet<String> ids() {
        return new TreeSet<>(providers.keySet());
    }

    @Override
    public void addListener(Listener listener) {
        listeners.add(listener);
    }

    @Override
    public void removeListener(Listener listener) {
        listeners.remove(listener);
    }
}
