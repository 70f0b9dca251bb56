package org.interposer.api.irq;

import org.osgi.annotation.versioning.ProviderType;

/**
 * One device's input to an interrupt line. Inputs of several devices to the same line are ORed by
 * the controller. Thread-safe.
 */
@ProviderType
public interface IrqLine {
    /** Drives the input; repeating the same level does nothing. */
    void set(boolean asserted);

    /** Raises and lowers the input: an edge. */
    default void pulse() {
        set(true);
        set(false);
    }
}
