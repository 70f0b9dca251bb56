package org.interposer.frontend.virtio.testkit;

import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.Optional;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.memory.MemoryWindow;
import org.interposer.frontend.virtio.QueueAddresses;

/**
 * The driver's side of a split virtqueue (virtio 1.2 §2.7), as a guest has it. One thread.
 *
 * <p>Laid out from one base address: descriptors, available ring, used ring, one indirect table a
 * descriptor.
 */
public final class GuestRing {
    /** Descriptor flags. */
    public static final int NEXT = 1;

    /** Descriptor flags. */
    public static final int WRITE = 2;

    /** Descriptor flags. */
    public static final int INDIRECT = 4;

    /** Entries of the indirect table that each descriptor has. */
    public static final int TABLE_ENTRIES = 16;

    private final int size;
    private final boolean eventIndex;
    private final QueueAddresses addresses;
    private final MemoryWindow descriptors;
    private final MemoryWindow available;
    private final MemoryWindow used;
    private final MemoryWindow tables;
    private final ArrayDeque<Integer> free = new ArrayDeque<>();
    private final int[] chainLength;
    private int nextAvailable;
    private int kickedAt;
    private int nextUsed;

    /** A piece of guest memory in a chain. */
    public record Part(long address, int length, boolean write) {
        /** The device reads it. */
        public static Part out(long address, int length) {
            return new Part(address, length, false);
        }

        /** The device writes it. */
        public static Part in(long address, int length) {
            return new Part(address, length, true);
        }
    }

    /** What came back. */
    public record Used(int head, int length) {}

    /** A ring at a page-aligned address; {@link #bytes} says how much it needs. */
    public GuestRing(GuestMemory memory, long base, int size, boolean eventIndex) {
        this.size = size;
        this.eventIndex = eventIndex;
        long avail = base + 16L * size;
        long usedAt = (avail + 6 + 2L * size + 3) & ~3L;
        long tablesAt = (usedAt + 6 + 8L * size + 15) & ~15L;
        addresses = new QueueAddresses(size, base, avail, usedAt);
        descriptors = memory.window(base, 16L * size).orElseThrow();
        available = memory.window(avail, 6 + 2L * size).orElseThrow();
        used = memory.window(usedAt, 6 + 8L * size).orElseThrow();
        tables = memory.window(tablesAt, 16L * TABLE_ENTRIES * size).orElseThrow();
        chainLength = new int[size];
        available.put(0, new byte[available.length()], 0, available.length());
        used.put(0, new byte[used.length()], 0, used.length());
        for (int i = 0; i < size; i++) {
            free.add(i);
        }
    }

    /** Bytes of memory a ring of this size takes. */
    public static int bytes(int size) {
        return 16 * size + 6 + 2 * size + 6 + 8 * size + 64 + 16 * TABLE_ENTRIES * size;
    }

    /** Where its parts are. */
    public QueueAddresses addresses() {
        return addresses;
    }

    /** Free descriptors. */
    public int free() {
        return free.size();
    }

    /** Offers a chain of descriptors; returns its head. */
    public int add(Part... parts) {
        int head = free.remove();
        int at = head;
        for (int i = 0; i < parts.length; i++) {
            boolean last = i == parts.length - 1;
            int next = last ? 0 : free.remove();
            descriptor(at, parts[i].address(), parts[i].length(), flags(parts[i], last), next);
            at = next;
        }
        chainLength[head] = parts.length;
        offer(head);
        return head;
    }

    /** Offers one descriptor that points to a table; returns its head. */
    public int addIndirect(Part... parts) {
        int head = free.remove();
        int table = head * TABLE_ENTRIES;
        for (int i = 0; i < parts.length; i++) {
            boolean last = i == parts.length - 1;
            entry(
                    tables,
                    table + i,
                    parts[i].address(),
                    parts[i].length(),
                    flags(parts[i], last),
                    last ? 0 : i + 1);
        }
        descriptor(head, tables.address() + 16L * table, 16 * parts.length, INDIRECT, 0);
        chainLength[head] = 1;
        offer(head);
        return head;
    }

    private static int flags(Part part, boolean last) {
        return (part.write() ? WRITE : 0) | (last ? 0 : NEXT);
    }

    /** Writes a raw descriptor. */
    public void descriptor(int index, long address, int length, int flags, int next) {
        entry(descriptors, index, address, length, flags, next);
    }

    private static void entry(
            MemoryWindow in, int index, long address, int length, int flags, int next) {
        in.put64(16 * index, address);
        in.put32(16 * index + 8, length);
        in.put16(16 * index + 12, flags);
        in.put16(16 * index + 14, next);
    }

    /** Puts a raw head on the available ring and moves the index. */
    public void offer(int head) {
        available.put16(4 + 2 * (nextAvailable & (size - 1)), head);
        nextAvailable = (nextAvailable + 1) & 0xffff;
        available.put16Release(2, nextAvailable);
    }

    /** Sets the available index, whatever it was. */
    public void jumpTo(int index) {
        available.put16Release(2, index);
    }

    /** Whether the device wants to be notified of what was offered since the last call. */
    public boolean kickWanted() {
        VarHandle.fullFence();
        int before = kickedAt;
        kickedAt = nextAvailable;
        if (before == nextAvailable) {
            return false;
        }
        if (!eventIndex) {
            return (used.get16(0) & 1) == 0;
        }
        int event = used.get16(4 + 8 * size);
        return ((nextAvailable - event - 1) & 0xffff) < ((nextAvailable - before) & 0xffff);
    }

    /** Takes the next used element. */
    public Optional<Used> poll() {
        if (!hasUsed()) {
            return Optional.empty();
        }
        int at = 4 + 8 * (nextUsed & (size - 1));
        Used element = new Used(used.get32(at), used.get32(at + 4));
        nextUsed = (nextUsed + 1) & 0xffff;
        reclaim(element.head());
        return Optional.of(element);
    }

    private void reclaim(int head) {
        int at = head;
        for (int i = chainLength[head]; i > 0; i--) {
            int next = descriptors.get16(16 * at + 14);
            free.add(at);
            at = next;
        }
    }

    /** Whether there are used elements; allocates nothing. */
    public boolean hasUsed() {
        return used.get16Acquire(2) != nextUsed;
    }

    /** Drops the oldest used element and returns its head; allocates nothing, reclaims nothing. */
    public int skipUsed() {
        int head = used.get32(4 + 8 * (nextUsed & (size - 1)));
        nextUsed = (nextUsed + 1) & 0xffff;
        return head;
    }

    /** The used index as the device shows it. */
    public int usedIndex() {
        return used.get16Acquire(2);
    }

    /** Asks for no interrupts, without the event index. */
    public void noInterrupts(boolean none) {
        available.put16(0, none ? 1 : 0);
    }

    /** Asks for an interrupt when the used index has passed a position; event index only. */
    public void interruptAt(int position) {
        available.put16(4 + 2 * size, position);
    }

    /** Asks for an interrupt for the next used element; event index only. */
    public void interruptAtNext() {
        interruptAt(nextUsed);
    }
}
