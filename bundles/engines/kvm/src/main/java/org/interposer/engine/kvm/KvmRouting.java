package org.interposer.engine.kvm;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.interposer.api.engine.EngineException;
import org.interposer.api.irq.MsiMessage;

/** The VM's table of interrupt routes: fixed ones of the controllers, and messages behind them. */
final class KvmRouting {
    /** Inputs of the controllers; messages have the numbers behind. */
    static final int PINS = 24;

    private static final int PIC_PINS = 8;
    private static final int IOAPIC_PIN_OF_GSI_0 = 2;
    // struct kvm_irq_routing
    private static final int NR = 0;
    private static final int ENTRIES = 8;
    // struct kvm_irq_routing_entry
    private static final int ENTRY_GSI = 0;
    private static final int ENTRY_TYPE = 4;
    private static final int ENTRY_FIRST = 16;
    private static final int ENTRY_SECOND = 20;
    private static final int ENTRY_THIRD = 24;
    private static final int ENTRY_SIZE = 48;

    private final Fd vm;
    private final int most;
    private final List<Entry> fixed = new ArrayList<>();
    private final Map<Integer, MsiMessage> messages = new TreeMap<>();
    private final BitSet used = new BitSet();

    private record Entry(int gsi, int type, int first, int second, int third) {}

    /** Of a VM that takes that many GSIs; nothing is routed yet. */
    KvmRouting(Fd vm, int most) {
        this.vm = vm;
        this.most = most;
        used.set(0, PINS);
    }

    /** Routes the pins of PIC and IOAPIC in the kernel as a PC is wired. */
    synchronized void usePins() throws EngineException {
        for (int gsi = 0; gsi < 2 * PIC_PINS; gsi++) {
            if (gsi != IOAPIC_PIN_OF_GSI_0) {
                boolean master = gsi < PIC_PINS;
                int chip = master ? Kvm.KVM_IRQCHIP_PIC_MASTER : Kvm.KVM_IRQCHIP_PIC_SLAVE;
                addPin(gsi, chip, gsi % PIC_PINS);
            }
        }
        for (int gsi = 0; gsi < PINS; gsi++) {
            if (gsi != IOAPIC_PIN_OF_GSI_0) {
                addPin(gsi, Kvm.KVM_IRQCHIP_IOAPIC, gsi == 0 ? IOAPIC_PIN_OF_GSI_0 : gsi);
            }
        }
        install();
    }

    private void addPin(int gsi, int chip, int pin) {
        fixed.add(new Entry(gsi, Kvm.KVM_IRQ_ROUTING_IRQCHIP, chip, pin, 0));
    }

    /**
     * Split mode: the messages of the IOAPIC's pins, from which KVM learns which vectors need an
     * end-of-interrupt exit.
     */
    synchronized void useIoapic(List<MsiMessage> pins) throws EngineException {
        List<Entry> next = new ArrayList<>();
        for (int pin = 0; pin < pins.size(); pin++) {
            MsiMessage message = pins.get(pin);
            if ((message.data() & 0xff) != 0) {
                next.add(message(pin, message));
            }
        }
        if (!next.equals(fixed)) {
            fixed.clear();
            fixed.addAll(next);
            install();
        }
    }

    /** Reserves a GSI for a message. */
    synchronized int allocate() throws EngineException {
        int gsi = used.nextClearBit(0);
        if (gsi >= most) {
            throw new EngineException("this KVM has " + most + " interrupt routes, all are in use");
        }
        used.set(gsi);
        return gsi;
    }

    /** Sets the message of a GSI. */
    synchronized void set(int gsi, MsiMessage message) throws EngineException {
        if (!message.equals(messages.put(gsi, message))) {
            install();
        }
    }

    /** Gives a GSI back. */
    synchronized void free(int gsi) throws EngineException {
        used.clear(gsi);
        if (messages.remove(gsi) != null) {
            install();
        }
    }

    private static Entry message(int gsi, MsiMessage m) {
        int low = (int) m.address();
        int high = (int) (m.address() >>> 32);
        return new Entry(gsi, Kvm.KVM_IRQ_ROUTING_MSI, low, high, m.data());
    }

    private void install() throws EngineException {
        List<Entry> all = new ArrayList<>(fixed);
        messages.forEach((gsi, message) -> all.add(message(gsi, message)));
        Struct table = new Struct(ENTRIES + ENTRY_SIZE * all.size());
        table.put32(NR, all.size());
        int at = ENTRIES;
        for (Entry entry : all) {
            table.put32(at + ENTRY_GSI, entry.gsi());
            table.put32(at + ENTRY_TYPE, entry.type());
            table.put32(at + ENTRY_FIRST, entry.first());
            table.put32(at + ENTRY_SECOND, entry.second());
            table.put32(at + ENTRY_THIRD, entry.third());
            at += ENTRY_SIZE;
        }
        vm.call("KVM_SET_GSI_ROUTING", Kvm.KVM_SET_GSI_ROUTING, table);
    }
}
