package org.interposer.api.bus;

/**
 * A range as listed for people.
 *
 * @param space which address space
 * @param base first address
 * @param length addresses
 * @param owner id of the device that placed it
 */
public record MappedRange(AddressSpace space, long base, long length, String owner) {}
