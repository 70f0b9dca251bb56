package org.interposer.core.irqchip;

import org.interposer.api.irq.IrqchipHost;

/**
 * Carries interrupt messages to the local APICs (SDM vol. 3 §11.6.2, §11.11). Thread-safe, no lock,
 * no allocation.
 */
final class ApicBus {
    static final int FIXED = 0;
    static final int LOWEST_PRIORITY = 1;
    static final int SMI = 2;
    static final int NMI = 4;
    static final int INIT = 5;
    static final int STARTUP = 6;
    static final int EXTINT = 7;

    /** Sender of messages that are no IPI. */
    static final int NO_SENDER = -1;

    private final IrqchipHost host;
    private final Apic[] apics;

    /** Where the search for the lowest priority begins; a lost update does no harm. */
    private int rotation;

    /** The array is filled after the bus is made. */
    ApicBus(IrqchipHost host, Apic[] apics) {
        this.host = host;
        this.apics = apics;
    }

    /**
     * Sends a message-signalled interrupt.
     *
     * @return whether a local APIC took it
     */
    boolean message(long address, int data) {
        boolean released = (data & Msi.LEVEL) != 0 && (data & Msi.ASSERT) == 0;
        if (!Msi.isMessage(address) || released) {
            return false;
        }
        int destination = Msi.destination(address);
        int mode = Msi.deliveryMode(data);
        if ((address & Msi.HINT) != 0 && mode == FIXED) {
            mode = LOWEST_PRIORITY;
        }
        return send(
                NO_SENDER,
                (address & Msi.LOGICAL) != 0,
                destination,
                destination == 0xFF,
                mode,
                Msi.vector(data),
                (data & Msi.LEVEL) != 0);
    }

    /**
     * Sends to a destination.
     *
     * @param exclude local APIC that does not get it, or {@link #NO_SENDER}
     * @param everyone broadcast, whatever the destination says
     */
    boolean send(
            int exclude,
            boolean logical,
            int destination,
            boolean everyone,
            int mode,
            int vector,
            boolean level) {
        if (mode == LOWEST_PRIORITY) {
            return sendToLowest(exclude, logical, destination, everyone, vector, level);
        }
        boolean taken = false;
        for (Apic apic : apics) {
            if (apic.cpu() != exclude
                    && apic.isPresent()
                    && (everyone || apic.matches(logical, destination))) {
                taken |= deliver(apic, mode, vector, level);
            }
        }
        return taken;
    }

    private boolean sendToLowest(
            int exclude,
            boolean logical,
            int destination,
            boolean everyone,
            int vector,
            boolean level) {
        int best = -1;
        int first = rotation;
        for (int i = 0; i < apics.length; i++) {
            int index = (first + i) % apics.length;
            Apic apic = apics[index];
            if (index != exclude
                    && apic.isEnabled()
                    && (everyone || apic.matches(logical, destination))
                    && (best < 0 || apic.priority() < apics[best].priority())) {
                best = index;
            }
        }
        if (best < 0) {
            return false;
        }
        rotation = (best + 1) % apics.length;
        return apics[best].accept(vector, level);
    }

    /** Delivers to one local APIC; NMI, INIT, SMI and start-up also reach a disabled one. */
    boolean deliver(Apic apic, int mode, int vector, boolean level) {
        int cpu = apic.cpu();
        switch (mode) {
            case FIXED, LOWEST_PRIORITY -> {
                return apic.accept(vector, level);
            }
            case SMI -> host.smi(cpu);
            case NMI -> host.nmi(cpu);
            case INIT -> host.init(cpu);
            case STARTUP -> host.startup(cpu, vector);
            case EXTINT -> host.kick(cpu);
            default -> {
                return false;
            }
        }
        return true;
    }
}
