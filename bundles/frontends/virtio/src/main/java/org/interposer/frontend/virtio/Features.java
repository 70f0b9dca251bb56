package org.interposer.frontend.virtio;

/** Feature bits that belong to no device type (virtio 1.2 §6), as masks. */
public final class Features {
    /** A descriptor may point to a table of descriptors. */
    public static final long INDIRECT_DESC = 1L << 28;

    /** Suppression of notifications by ring positions instead of flags. */
    public static final long EVENT_IDX = 1L << 29;

    /** Not a legacy device; must be negotiated. */
    public static final long VERSION_1 = 1L << 32;

    /** What the transport offers for every device. */
    public static final long TRANSPORT = INDIRECT_DESC | EVENT_IDX | VERSION_1;

    private Features() {}

    /** Whether all bits of a mask are set. */
    public static boolean has(long features, long mask) {
        return (features & mask) == mask;
    }
}
