package org.interposer.api.engine;

import org.osgi.annotation.versioning.ProviderType;

/**
 * Service that executes guest instructions. Thread-safe. Its service property {@link #NAME} is its
 * name.
 */
@ProviderType
public interface Engine {
    /** Service property: {@code kvm}, {@code softcpu}. */
    String NAME = "engine.name";

    /** Its name, as machines choose it. */
    String name();

    /** What it can do on this host; measured once, within milliseconds, then remembered. */
    EngineReport report();

    /**
     * Makes a machine's engine part.
     *
     * @throws EngineException when it cannot; the message says why and what to do
     */
    EngineVm create(EngineSpec spec) throws EngineException;
}
