/**
 * One virtual machine: its definition, lifecycle, listeners and counters.
 *
 * <pre>
 * DEFINED → start() → RUNNING ⇄ PAUSED → stop() → STOPPED → start() …
 * </pre>
 */
@Export
@Version("1.0.0")
package org.interposer.api.machine;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
