package org.interposer.api.machine;

import java.util.List;
import java.util.Map;
import org.interposer.api.bus.MappedRange;
import org.interposer.api.pci.PciNode;

/**
 * All there is to show about a machine at one moment.
 *
 * @param engine name of the engine it runs on, or is to run on
 * @param engineReason why this engine, when it was chosen automatically; empty otherwise
 * @param irqchip where its interrupt controllers are
 * @param memoryBytes RAM
 * @param cpus number of vCPUs
 * @param guestNanos guest time
 * @param devices its devices
 * @param pci its PCI functions, empty while it is not running
 * @param ranges its bus map, empty while it is not running
 * @param counters named counters: exits by cause as {@code exits.mmio-write} …
 */
public record MachineInfo(
        String engine,
        String engineReason,
        String irqchip,
        long memoryBytes,
        int cpus,
        long guestNanos,
        List<DeviceInfo> devices,
        List<PciNode> pci,
        List<MappedRange> ranges,
        Map<String, Long> counters) {
    /** Copies the lists. */
    public MachineInfo {
        devices = List.copyOf(devices);
        pci = List.copyOf(pci);
        ranges = List.copyOf(ranges);
        counters = java.util.Collections.unmodifiableMap(new java.util.TreeMap<>(counters));
    }
}
