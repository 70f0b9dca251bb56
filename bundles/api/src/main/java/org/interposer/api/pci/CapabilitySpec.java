package org.interposer.api.pci;

/**
 * A capability in configuration space; MSI-X is not listed here but asked for by {@link
 * PciFunctionSpec#msixVectors}.
 *
 * @param id capability id (PCI 2.3 appendix H), 0x09 for vendor specific
 * @param body bytes behind id and next pointer, as the guest first reads them
 * @param writable one mask byte for each body byte: bits the guest may change
 */
public record CapabilitySpec(int id, byte[] body, byte[] writable) {
    /** Checks the lengths. */
    public CapabilitySpec {
        if (body.length != writable.length) {
            throw new IllegalArgumentException("capability " + id + ": mask and body differ");
        }
    }
}
