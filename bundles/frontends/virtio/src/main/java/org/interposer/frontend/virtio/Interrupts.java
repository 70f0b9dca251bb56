package org.interposer.frontend.virtio;

import java.util.concurrent.atomic.AtomicInteger;
import org.interposer.api.pci.PciFunction;

/** How the driver is told: MSI-X, or INTx with the ISR register (virtio 1.2 §4.1.4.5). */
final class Interrupts {
    static final int NO_VECTOR = 0xffff;
    private static final int QUEUE = 1;
    private static final int CONFIG = 2;

    private final PciFunction function;
    private final AtomicInteger isr = new AtomicInteger();

    Interrupts(PciFunction function) {
        this.function = function;
    }

    void usedBuffers(int vector) {
        signal(vector, QUEUE);
    }

    void configChanged(int vector) {
        signal(vector, CONFIG);
    }

    private void signal(int vector, int cause) {
        if (!function.msixEnabled()) {
            isr.accumulateAndGet(cause, (bits, more) -> bits | more);
            function.setIntx(true);
        } else if (vector != NO_VECTOR) {
            function.signalMsix(vector);
        }
    }

    /** §4.1.4.5.1: reading clears, and lowers the pin. */
    int readAndClear() {
        int bits = isr.getAndSet(0);
        function.setIntx(false);
        // A cause that came between those two has raised the pin too early.
        if (isr.get() != 0) {
            function.setIntx(true);
        }
        return bits;
    }

    /** Forgets all causes; {@link #settle} lowers the pin, when the device's lock is not held. */
    void clear() {
        isr.set(0);
    }

    void settle() {
        function.setIntx(isr.get() != 0);
    }

    int bits() {
        return isr.get();
    }

    void restore(int bits) {
        isr.set(bits);
        function.setIntx(bits != 0);
    }
}
