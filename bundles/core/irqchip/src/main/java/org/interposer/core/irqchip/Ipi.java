package org.interposer.core.irqchip;

/**
 * An interrupt command (SDM vol. 3 §11.6.1).
 *
 * @param command low half of ICR
 */
record Ipi(int command) {
    private static final int FIRST_LEGAL_VECTOR = 16;
    private static final int SELF = 1;
    private static final int ALL = 2;
    private static final int OTHERS = 3;
    private static final int SHORTHAND = 18;

    /** To the sender itself. */
    static Ipi toSelf(int vector) {
        return new Ipi(SELF << SHORTHAND | vector);
    }

    private int mode() {
        return command >> 8 & 7;
    }

    private int vector() {
        return command & 0xFF;
    }

    /** INIT level de-assert, which only synchronized the arbitration of old APICs. */
    boolean isDeassert() {
        return mode() == ApicBus.INIT && (command & (Msi.LEVEL | Msi.ASSERT)) == Msi.LEVEL;
    }

    boolean hasIllegalVector() {
        boolean carriesVector = mode() == ApicBus.FIXED || mode() == ApicBus.LOWEST_PRIORITY;
        return carriesVector && vector() < FIRST_LEGAL_VECTOR;
    }

    /**
     * Sends it.
     *
     * @param high upper half of the sender's ICR
     */
    void send(ApicBus bus, Apic sender, int high) {
        switch (command >> SHORTHAND & 3) {
            case SELF -> bus.deliver(sender, mode(), vector(), false);
            case ALL -> broadcast(bus, ApicBus.NO_SENDER);
            case OTHERS -> broadcast(bus, sender.cpu());
            default -> sendToDestination(bus, sender.isX2(), high);
        }
    }

    private void broadcast(ApicBus bus, int exclude) {
        bus.send(exclude, false, 0, true, mode(), vector(), false);
    }

    private void sendToDestination(ApicBus bus, boolean x2, int high) {
        boolean logical = (command & 1 << 11) != 0;
        int destination = x2 ? high : high >>> 24;
        boolean everyone = destination == (x2 ? -1 : 0xFF);
        bus.send(ApicBus.NO_SENDER, logical, destination, everyone, mode(), vector(), false);
    }
}
