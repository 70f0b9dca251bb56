/**
 * Block storage: requests, back-ends, interposers, ports and their chains.
 *
 * <pre>
 * front-end → BlockPort.submit → interposer* → BlockBackend
 *      ↑                                            │
 *      └──── BlockCompletion ← … ← BlockRequest.complete(status)
 * </pre>
 *
 * <p>Each stage that wants to see a completion pushes itself on the request before it passes it
 * down; completing pops the stages in reverse order. Nothing on this path allocates.
 */
@Export
@Version("1.0.0")
package org.interposer.api.block;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
