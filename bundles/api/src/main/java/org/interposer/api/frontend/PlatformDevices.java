package org.interposer.api.frontend;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Service that gives every machine devices it cannot do without (PIT, RTC, ACPI power management),
 * without a configuration of their own. Thread-safe.
 */
@ProviderType
public interface PlatformDevices {
    /**
     * New devices for one machine, realized before all others.
     *
     * @param machine the machine's name
     * @param ramBytes RAM size, as the CMOS shows it
     */
    List<Frontend> create(String machine, long ramBytes);
}
