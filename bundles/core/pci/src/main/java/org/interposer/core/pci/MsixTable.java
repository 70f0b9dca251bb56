package org.interposer.core.pci;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.interposer.api.bus.IoHandler;
import org.interposer.api.irq.InterruptController;
import org.interposer.api.irq.MsiMessage;
import org.interposer.api.irq.MsiRoute;

/**
 * MSI-X table and pending bits (PCI 3.0 §6.8.2). The table is at offset 0 of its BAR, the pending
 * bit array in its second half.
 *
 * <p>{@link #signal} takes no lock: it looks at the vector's gate, and if that is closed sets the
 * pending bit and looks again; whoever opens a gate looks at the pending bit afterwards. Both are
 * volatile, so one of the two sees the other.
 */
final class MsixTable implements IoHandler {
    static final int MAX_VECTORS = 2048;
    private static final int ENTRY_WORDS = 4;
    private static final int CONTROL_WORD = 3;
    private static final int MASKED = 1;

    private final InterruptController irq;
    private final int vectors;
    private final int pbaOffset;
    private final AtomicIntegerArray words;
    private final AtomicIntegerArray pending;
    private final AtomicIntegerArray gates;
    private final MsiRoute[] routes;
    private final MsiMessage[] messages;
    private volatile boolean enabled;
    private boolean flowing;

    MsixTable(InterruptController irq, int vectors) {
        if (vectors > MAX_VECTORS) {
            throw new IllegalArgumentException(vectors + " MSI-X vectors; at most " + MAX_VECTORS);
        }
        this.irq = irq;
        this.vectors = vectors;
        pbaOffset = pbaOffset(vectors);
        words = new AtomicIntegerArray(vectors * ENTRY_WORDS);
        pending = new AtomicIntegerArray(vectors);
        gates = new AtomicIntegerArray(vectors);
        routes = new MsiRoute[vectors];
        messages = new MsiMessage[vectors];
        maskAll();
    }

    /** Where the pending bits are in the BAR; also half the BAR's size. */
    static int pbaOffset(int vectors) {
        return Math.max(2048, Integer.highestOneBit(Math.max(1, vectors * 16 - 1)) << 1);
    }

    boolean enabled() {
        return enabled;
    }

    /** Sends the vector's message, now or when it is unmasked. */
    void signal(int vector) {
        if (!enabled || vector < 0 || vector >= vectors) {
            return;
        }
        if (gates.get(vector) == 0) {
            pending.set(vector, 1);
            if (gates.get(vector) == 0 || !pending.compareAndSet(vector, 1, 0)) {
                return;
            }
        }
        routes[vector].signal();
    }

    /**
     * Message control or the command register changed.
     *
     * @param enable MSI-X is on
     * @param flow messages may leave: not masked as a whole, and bus master
     */
    synchronized void control(boolean enable, boolean flow) {
        if (!enable) {
            enabled = false;
        }
        flowing = enable && flow;
        for (int vector = 0; vector < vectors; vector++) {
            update(vector);
        }
        if (!enable) {
            clearPending();
        }
        enabled = enable;
    }

    @Override
    public long read(long offset, int size) {
        long value = 0;
        for (int i = size - 1; i >= 0; i--) {
            long at = offset + i;
            int octet = word((int) (at >> 2)) >>> (8 * (at & 3)) & 0xFF;
            value = value << 8 | octet;
        }
        return value;
    }

    private int word(int index) {
        if (index < words.length()) {
            return words.get(index);
        }
        int bits = 0;
        int first = (index - pbaOffset / 4) * 32;
        for (int i = 0; i < 32 && first >= 0 && first + i < vectors; i++) {
            bits |= pending.get(first + i) << i;
        }
        return bits;
    }

    /** The pending bits are read only. */
    @Override
    public synchronized void write(long offset, int size, long value) {
        int last = -1;
        for (int i = 0; i < size; i++) {
            int index = (int) (offset + i >> 2);
            if (index >= words.length()) {
                break;
            }
            int shift = (int) (8 * (offset + i & 3));
            int octet = (int) (value >>> (8 * i)) & 0xFF;
            int word = words.get(index) & ~(0xFF << shift) | octet << shift;
            words.set(index, index % ENTRY_WORDS == CONTROL_WORD ? word & MASKED : word);
            last = index / ENTRY_WORDS;
        }
        for (int vector = (int) (offset / 16); vector <= last; vector++) {
            update(vector);
        }
    }

    /** Opens or closes a vector's gate; the route has the message before it opens. */
    private void update(int vector) {
        int entry = vector * ENTRY_WORDS;
        boolean open = flowing && (words.get(entry + CONTROL_WORD) & MASKED) == 0;
        if (!open) {
            gates.set(vector, 0);
            return;
        }
        long low = Integer.toUnsignedLong(words.get(entry)) & ~3L;
        long address = low | Integer.toUnsignedLong(words.get(entry + 1)) << 32;
        MsiMessage message = new MsiMessage(address, words.get(entry + 2));
        if (routes[vector] == null) {
            routes[vector] = irq.newMsiRoute();
        }
        if (!message.equals(messages[vector])) {
            routes[vector].update(message);
            messages[vector] = message;
        }
        gates.set(vector, 1);
        if (pending.compareAndSet(vector, 1, 0)) {
            routes[vector].signal();
        }
    }

    synchronized void reset() {
        control(false, false);
        for (int i = 0; i < words.length(); i++) {
            words.set(i, 0);
        }
        maskAll();
    }

    private void maskAll() {
        for (int vector = 0; vector < vectors; vector++) {
            words.set(vector * ENTRY_WORDS + CONTROL_WORD, MASKED);
        }
    }

    private void clearPending() {
        for (int vector = 0; vector < vectors; vector++) {
            pending.set(vector, 0);
        }
    }

    synchronized byte[] saveTable() {
        ByteBuffer bytes = ByteBuffer.allocate(words.length() * 4).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < words.length(); i++) {
            bytes.putInt(words.get(i));
        }
        return bytes.array();
    }

    synchronized byte[] savePending() {
        byte[] bits = new byte[vectors];
        for (int vector = 0; vector < vectors; vector++) {
            bits[vector] = (byte) pending.get(vector);
        }
        return bits;
    }

    /** Sets table and pending bits; {@link #control} must follow. */
    synchronized void restore(byte[] table, byte[] bits) {
        control(false, false);
        ByteBuffer bytes = ByteBuffer.wrap(table).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < words.length(); i++) {
            words.set(i, bytes.getInt());
        }
        for (int vector = 0; vector < vectors; vector++) {
            pending.set(vector, bits[vector] & 1);
        }
    }

    synchronized void close() {
        control(false, false);
        for (int vector = 0; vector < vectors; vector++) {
            if (routes[vector] != null) {
                routes[vector].close();
            }
        }
    }
}
