package org.interposer.api.frontend;

import org.osgi.annotation.versioning.ConsumerType;

/** What a {@link Frontend} is as well when it shows the guest a power button. */
@ConsumerType
public interface PowerButton {
    /** Presses and releases it; returns at once. The machine's control thread. */
    void press();
}
