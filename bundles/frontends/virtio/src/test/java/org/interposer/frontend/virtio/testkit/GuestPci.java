package org.interposer.frontend.virtio.testkit;

/** A PCI function as a guest reaches it. */
public interface GuestPci {
    /** Reads configuration space. */
    int config(int offset, int size);

    /** Writes configuration space. */
    void setConfig(int offset, int size, int value);

    /** Reads from a BAR. */
    long read(int bar, long offset, int size);

    /** Writes to a BAR; rings doorbells. */
    void write(int bar, long offset, int size, long value);
}
