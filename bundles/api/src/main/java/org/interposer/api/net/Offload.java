package org.interposer.api.net;

/** What one side may leave to the other (virtio 1.2 §5.1.3). */
public enum Offload {
    /** Partial checksums. */
    CHECKSUM,
    /** TCP segmentation over IPv4. */
    TSO4,
    /** TCP segmentation over IPv6. */
    TSO6,
    /** UDP segmentation. */
    USO
}
