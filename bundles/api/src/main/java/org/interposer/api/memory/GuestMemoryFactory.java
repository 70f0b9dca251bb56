package org.interposer.api.memory;

import java.io.IOException;
import org.osgi.annotation.versioning.ProviderType;

/** Service that makes guest memory. Thread-safe. */
@ProviderType
public interface GuestMemoryFactory {
    /**
     * First address of the hole below 4 GiB that holds PCI windows, IOAPIC, local APICs and
     * firmware.
     */
    long HOLE_START = 0xC000_0000L;

    /** First address above that hole. */
    long HIGH_RAM_START = 0x1_0000_0000L;

    /**
     * RAM from address 0 up to the PCI hole, the rest from 4 GiB.
     *
     * @param name the machine's name, shown by the host's tools
     * @param bytes size, a positive multiple of 1 MiB
     * @throws IOException when the host cannot give the memory; the message says how much was asked
     */
    GuestMemory create(String name, long bytes) throws IOException;
}
