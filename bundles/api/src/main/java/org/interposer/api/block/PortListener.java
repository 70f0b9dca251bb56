package org.interposer.api.block;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * The front-end of a port. Called on any thread, also inside its own calls; must only note it and
 * wake the I/O thread.
 */
@ConsumerType
public interface PortListener {
    /** The port admits requests again. */
    void released();

    /** The disk below has another size now. */
    void geometryChanged(BlockGeometry geometry);
}
