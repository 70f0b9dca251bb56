package org.interposer.api.pci;

import java.util.List;

/**
 * A function as listed for people, like a line of lspci.
 *
 * @param bdf bus:device.function
 * @param name device id, or the bridge's name
 * @param bars one text a BAR: kind, address, size
 */
public record PciNode(
        int bdf, String name, int vendorId, int deviceId, int classCode, List<String> bars) {
    /** {@code 00:1f.7}. */
    public String address() {
        return String.format("%02x:%02x.%x", bdf >> 8, bdf >> 3 & 0x1f, bdf & 7);
    }
}
