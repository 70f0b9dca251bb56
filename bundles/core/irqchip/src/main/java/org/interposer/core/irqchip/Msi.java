package org.interposer.core.irqchip;

/** Fields of an interrupt message (SDM vol. 3 §11.11). */
final class Msi {
    /** Address bit: logical destination mode. */
    static final int LOGICAL = 1 << 2;

    /** Address bit: redirection hint, deliver to one of the destinations. */
    static final int HINT = 1 << 3;

    /** Data bit: level asserted. */
    static final int ASSERT = 1 << 14;

    /** Data bit: level-triggered. */
    static final int LEVEL = 1 << 15;

    private static final long WINDOW = 0xFEE;

    private Msi() {}

    static boolean isMessage(long address) {
        return address >>> 20 == WINDOW;
    }

    static int destination(long address) {
        return (int) (address >>> 12) & 0xFF;
    }

    static int deliveryMode(int data) {
        return data >>> 8 & 7;
    }

    static int vector(int data) {
        return data & 0xFF;
    }
}
