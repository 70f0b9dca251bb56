package org.interposer.core.pci;

import java.util.Arrays;
import org.interposer.api.irq.InterruptController;
import org.interposer.api.irq.IrqLine;

/**
 * Interrupt pins to PIRQs to GSIs. Pin INTA#–INTD# (1–4) of device d is wired to PIRQ {@code (d +
 * pin − 1) & 3}, the same swizzle as in the DSDT's _PRT; PIRQRC[A:D] of the ISA bridge says which
 * of the ISA interrupts that is. PIC and IOAPIC both see it there, so the routes are true in either
 * mode, and several pins share a line.
 */
final class PirqRouter {
    static final int PIRQS = 4;

    /** PIRQRC bit 7: not routed. */
    static final int DISABLED = 0x80;

    /** PIRQRC values that name an interrupt (PIIX3 datasheet, PIRQRC): 3–7, 9–12, 14, 15. */
    private static final int VALID = 0b1101_1110_1111_1000;

    private final InterruptController irq;
    private final IrqLine[] lines = new IrqLine[16];
    private final int[] asserted = new int[PIRQS];
    private final int[] routes = {DISABLED, DISABLED, DISABLED, DISABLED};

    PirqRouter(InterruptController irq) {
        this.irq = irq;
    }

    /** PIRQ number (0–3) of a pin (1–4). */
    static int pirq(int device, int pin) {
        return device + pin - 1 & 3;
    }

    /** GSI of a PIRQ, −1 while it is not routed. */
    synchronized int gsi(int pirq) {
        int route = routes[pirq];
        return (route & DISABLED) == 0 && (VALID >> (route & 15) & 1) != 0 ? route & 15 : -1;
    }

    /** One more or one fewer pin asserts a PIRQ. */
    synchronized void change(int pirq, boolean more) {
        asserted[pirq] += more ? 1 : -1;
        drive(gsi(pirq));
    }

    /** PIRQRC was written. */
    synchronized void route(int pirq, int value) {
        int before = gsi(pirq);
        routes[pirq] = value;
        drive(before);
        drive(gsi(pirq));
    }

    /** Lowers everything. */
    synchronized void close() {
        Arrays.fill(asserted, 0);
        for (int gsi = 0; gsi < lines.length; gsi++) {
            drive(gsi);
        }
    }

    private void drive(int gsi) {
        if (gsi < 0) {
            return;
        }
        boolean level = false;
        for (int pirq = 0; pirq < PIRQS; pirq++) {
            level |= asserted[pirq] > 0 && gsi(pirq) == gsi;
        }
        if (lines[gsi] == null) {
            if (!level) {
                return;
            }
            lines[gsi] = irq.line(gsi);
        }
        lines[gsi].set(level);
    }
}
