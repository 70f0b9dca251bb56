/**
 * The clock and the timers of one machine. Guest time is in nanoseconds, stops while the machine is
 * paused and is the only clock that a device may read.
 */
@Export
@Version("1.0.0")
package org.interposer.api.time;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
