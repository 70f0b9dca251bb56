package org.interposer.core.irqchip;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.interposer.api.bus.IoHandler;
import org.interposer.api.irq.MsiMessage;
import org.interposer.api.state.StateException;
import org.interposer.api.state.StateRecord;

/**
 * I/O APIC with 24 pins (82093AA data sheet), version 0x20: it has the EOI register.
 *
 * <p>A device asserts or deasserts; the polarity bit of an entry is kept and has no effect. A pin's
 * message is made when its entry is written, so that an interrupt allocates nothing. Thread-safe.
 */
final class IoApic implements IoHandler {
    static final int PINS = 24;
    static final long BASE = 0xFEC0_0000L;
    static final int LENGTH = 0x1000;

    /** Where messages go, called under the monitor. */
    interface Output {
        /**
         * Sends an interrupt message.
         *
         * @return whether a local APIC took it
         */
        boolean send(MsiMessage message);

        /** The redirection table changed. */
        void changed();
    }

    private static final int VERSION = 0x20 | PINS - 1 << 16;
    private static final int SELECT = 0x00;
    private static final int WINDOW = 0x10;
    private static final int EOI = 0x40;
    private static final int TABLE = 0x10;
    private static final int ID_MASK = 0x0F00_0000;

    private static final long LOGICAL = 1 << 11;
    private static final long REMOTE_IRR = 1 << 14;
    private static final long LEVEL = 1 << 15;
    private static final long MASKED = 1 << 16;
    private static final long WRITABLE = 0xFF00_0000_0001_AFFFL;
    private static final long MSI_BASE = 0xFEE0_0000L;
    private static final MsiMessage SILENT = new MsiMessage(MSI_BASE, 0);
    private static final String STATE_TYPE = "irq.ioapic";

    private final Output output;
    private final long[] entries = new long[PINS];
    private final MsiMessage[] messages = new MsiMessage[PINS];
    private int lines;
    private int id;
    private int selected;

    IoApic(Output output) {
        this.output = output;
        clear();
    }

    private void clear() {
        Arrays.fill(entries, MASKED);
        Arrays.fill(messages, SILENT);
        id = 0;
        selected = 0;
    }

    synchronized void reset() {
        clear();
        output.changed();
    }

    /** Drives a pin. */
    synchronized void set(int pin, boolean level) {
        int bit = 1 << pin;
        boolean rises = level && (lines & bit) == 0;
        lines = level ? lines | bit : lines & ~bit;
        if ((entries[pin] & LEVEL) != 0) {
            serveLevel(pin);
        } else if (rises && (entries[pin] & MASKED) == 0) {
            output.send(messages[pin]);
        }
    }

    private void serveLevel(int pin) {
        boolean asserted = (lines & 1 << pin) != 0;
        if (asserted && (entries[pin] & (MASKED | REMOTE_IRR)) == 0 && output.send(messages[pin])) {
            entries[pin] |= REMOTE_IRR;
        }
    }

    /** EOI broadcast of a local APIC, or a write of the EOI register. */
    synchronized void endOfInterrupt(int vector) {
        for (int pin = 0; pin < PINS; pin++) {
            long entry = entries[pin];
            if ((entry & 0xFF) == vector && (entry & LEVEL) != 0 && (entry & REMOTE_IRR) != 0) {
                entries[pin] = entry & ~REMOTE_IRR;
                serveLevel(pin);
            }
        }
    }

    @Override
    public synchronized long read(long offset, int size) {
        return switch ((int) offset) {
            case SELECT -> selected;
            case WINDOW -> readSelected() & 0xFFFF_FFFFL;
            default -> 0;
        };
    }

    private int readSelected() {
        int entry = selected - TABLE;
        if (entry >= 0 && entry < 2 * PINS) {
            return (int) (entries[entry >> 1] >>> 32 * (entry & 1));
        }
        return switch (selected) {
            case 0, 2 -> id;
            case 1 -> VERSION;
            default -> 0;
        };
    }

    @Override
    public synchronized void write(long offset, int size, long value) {
        switch ((int) offset) {
            case SELECT -> selected = (int) value & 0xFF;
            case WINDOW -> writeSelected((int) value);
            case EOI -> endOfInterrupt((int) value & 0xFF);
            default -> {
                // Nothing there.
            }
        }
    }

    private void writeSelected(int value) {
        int entry = selected - TABLE;
        if (entry >= 0 && entry < 2 * PINS) {
            int shift = 32 * (entry & 1);
            long half = 0xFFFF_FFFFL << shift;
            int pin = entry >> 1;
            writeEntry(pin, entries[pin] & ~half | (value & 0xFFFF_FFFFL) << shift);
        } else if (selected == 0) {
            id = value & ID_MASK;
        }
    }

    /** An entry made edge-triggered loses its remote IRR; an asserted level is served at once. */
    private void writeEntry(int pin, long value) {
        long kept = (value & LEVEL) != 0 ? entries[pin] & REMOTE_IRR : 0;
        entries[pin] = value & WRITABLE | kept;
        MsiMessage before = messages[pin];
        messages[pin] = message(entries[pin]);
        if (!messages[pin].equals(before)) {
            output.changed();
        }
        if ((value & LEVEL) != 0) {
            serveLevel(pin);
        }
    }

    /** The memory write that a pin's interrupt is (SDM vol. 3 §11.11). */
    private static MsiMessage message(long entry) {
        if ((entry & MASKED) != 0) {
            return SILENT;
        }
        long address =
                MSI_BASE | (entry >>> 56 & 0xFF) << 12 | ((entry & LOGICAL) != 0 ? Msi.LOGICAL : 0);
        int data = (int) (entry & (0x7FF | LEVEL)) | Msi.ASSERT;
        return new MsiMessage(address, data);
    }

    synchronized List<MsiMessage> routes() {
        return List.of(messages);
    }

    synchronized StateRecord save() {
        ByteBuffer table = ByteBuffer.allocate(8 * PINS).order(ByteOrder.LITTLE_ENDIAN);
        Arrays.stream(entries).forEach(table::putLong);
        return StateRecord.of(STATE_TYPE, 1)
                .put("entries", table.array())
                .put("lines", lines)
                .put("id", id)
                .put("selected", selected)
                .build();
    }

    synchronized void restore(StateRecord state) {
        byte[] table = state.expect(STATE_TYPE, 1).bytes("entries");
        if (table.length != 8 * PINS) {
            throw new StateException(
                    "state of 'irq.ioapic' has "
                            + table.length
                            + " bytes of entries instead of "
                            + 8 * PINS);
        }
        ByteBuffer saved = ByteBuffer.wrap(table).order(ByteOrder.LITTLE_ENDIAN);
        List<MsiMessage> made = new ArrayList<>();
        for (int pin = 0; pin < PINS; pin++) {
            entries[pin] = saved.getLong() & (WRITABLE | REMOTE_IRR);
            made.add(message(entries[pin]));
        }
        made.toArray(messages);
        lines = (int) state.number("lines");
        id = (int) state.number("id") & ID_MASK;
        selected = (int) state.number("selected") & 0xFF;
        output.changed();
    }
}
