package org.interposer.core.port;

import java.util.Optional;
import java.util.SortedSet;

/** Where stages come from: the service registry, or a test. Thread-safe. */
interface StageSource {
    /** The provider of that id. */
    Optional<StageProvider> find(String id);

    /** All ids that are there. */
    SortedSet<String> ids();

    void addListener(Listener listener);

    void removeListener(Listener listener);

    /** Told of changes, after {@link #find} knows them. */
    interface Listener {
        /** A provider goes away; when this returns, nothing of it may be in use any more. */
        void gone(StageProvider provider);

        /** A provider came or changed. */
        void present(String id);
    }
}
