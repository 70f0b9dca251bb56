package org.interposer.api.irq;

/**
 * A message-signalled interrupt: a memory write that a local APIC understands (SDM vol. 3 §11.11).
 *
 * @param address upper and lower address, normally {@code 0xFEEx_xxxx}
 * @param data vector, delivery mode, trigger mode
 */
public record MsiMessage(long address, int data) {}
