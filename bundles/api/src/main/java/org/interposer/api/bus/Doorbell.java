package org.interposer.api.bus;

import java.util.OptionalLong;

/**
 * A register whose write means only "look at your queue".
 *
 * @param space which address space
 * @param address of the register
 * @param size bytes of the write that rings it (1, 2, 4 or 8); 0 for any size
 * @param value the write rings only with this value; empty for any value
 * @param event what is signalled
 */
public record Doorbell(
        AddressSpace space, long address, int size, OptionalLong value, IoEvent event) {}
