/**
 * What executes guest instructions.
 *
 * <p>An {@link org.interposer.api.engine.Engine} is a service. It makes an {@link
 * org.interposer.api.engine.EngineVm} over a guest memory and an I/O bus; each {@link
 * org.interposer.api.engine.Vcpu} runs on a platform thread of its own, handles its port and MMIO
 * exits through the bus, and returns from {@code run()} only for the events in {@link
 * org.interposer.api.engine.VcpuExit}. {@link org.interposer.api.engine.CpuState} is the
 * engine-neutral record of all architectural state: a machine can be suspended on one engine and go
 * on on another.
 */
@Export
@Version("1.0.0")
package org.interposer.api.engine;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
