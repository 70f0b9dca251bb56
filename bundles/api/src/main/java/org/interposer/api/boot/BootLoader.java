package org.interposer.api.boot;

import org.interposer.api.engine.CpuState;
import org.interposer.api.memory.GuestMemory;
import org.osgi.annotation.versioning.ProviderType;

/** Service that loads kernels. Thread-safe. */
@ProviderType
public interface BootLoader {
    /**
     * Loads a kernel and what goes with it into guest memory.
     *
     * @param rsdp guest-physical address of the ACPI RSDP, 0 for none
     * @return the state in which vCPU 0 enters it
     * @throws BootException when it cannot be booted; guest memory may have been written
     */
    CpuState load(BootSource source, GuestMemory memory, long rsdp) throws BootException;
}
