package org.interposer.api.bus;

/** The two address spaces of an x86 processor's I/O. */
public enum AddressSpace {
    /** 64 Ki ports of {@code in} and {@code out}. */
    PORT,
    /** Guest-physical addresses that are not RAM. */
    MMIO
}
