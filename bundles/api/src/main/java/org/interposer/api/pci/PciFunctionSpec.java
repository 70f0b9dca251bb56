package org.interposer.api.pci;

import java.util.List;
import java.util.OptionalInt;

/**
 * A PCI function as its front-end describes it.
 *
 * @param name id of the device, for listings
 * @param slot device number wanted on the bus, empty for the next free one
 * @param function number, 0–7
 * @param vendorId vendor
 * @param deviceId device
 * @param revision revision
 * @param classCode 24 bits: base class, sub-class, programming interface
 * @param subsystemVendorId subsystem vendor
 * @param subsystemId subsystem
 * @param interruptPin 0 for none, 1 for INTA#
 * @param bars base address registers, without the one for MSI-X
 * @param capabilities in the order the guest finds them
 * @param msixVectors size of the MSI-X table, 0 for none
 * @param msixBar index of a free BAR for MSI-X table and PBA
 */
public record PciFunctionSpec(
        String name,
        OptionalInt slot,
        int function,
        int vendorId,
        int deviceId,
        int revision,
        int classCode,
        int subsystemVendorId,
        int subsystemId,
        int interruptPin,
        List<BarSpec> bars,
        List<CapabilitySpec> capabilities,
        int msixVectors,
        int msixBar) {
    /** Copies the lists. */
    public PciFunctionSpec {
        bars = List.copyOf(bars);
        capabilities = List.copyOf(capabilities);
    }
}
