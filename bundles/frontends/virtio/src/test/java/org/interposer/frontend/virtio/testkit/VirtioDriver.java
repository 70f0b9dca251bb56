package org.interposer.frontend.virtio.testkit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.interposer.api.memory.GuestMemory;
import org.interposer.frontend.virtio.Features;
import org.interposer.frontend.virtio.QueueAddresses;

/**
 * What a guest's driver does with a virtio PCI device: finds the structures by their capabilities,
 * negotiates, sets up queues, kicks (virtio 1.2 §3.1.1, §4.1).
 */
public final class VirtioDriver {
    /** Status bits. */
    public static final int ACKNOWLEDGE = 1;

    /** Status bits. */
    public static final int DRIVER = 2;

    /** Status bits. */
    public static final int DRIVER_OK = 4;

    /** Status bits. */
    public static final int FEATURES_OK = 8;

    /** Status bits. */
    public static final int NEEDS_RESET = 64;

    private final GuestPci pci;
    private final Map<Integer, Structure> structures = new HashMap<>();
    private final List<GuestRing> rings = new ArrayList<>();
    private final List<Integer> doorbells = new ArrayList<>();

    private record Structure(int capability, int bar, int offset, int length) {}

    /** Reads the capabilities. */
    public VirtioDriver(GuestPci pci) {
        this.pci = pci;
        for (int at = pci.config(0x34, 1); at != 0; at = pci.config(at + 1, 1)) {
            if (pci.config(at, 1) == 9) {
                structures.put(
                        pci.config(at + 3, 1),
                        new Structure(
                                at,
                                pci.config(at + 4, 1),
                                pci.config(at + 8, 4),
                                pci.config(at + 12, 4)));
            }
        }
    }

    /** Where the capability of a structure is. */
    public int capability(int type) {
        return structures.get(type).capability();
    }

    /** Offset of a structure in its BAR. */
    public int offset(int type) {
        return structures.get(type).offset();
    }

    /** Reads from the common structure. */
    public long common(int offset, int size) {
        return read(1, offset, size);
    }

    /** Writes to the common structure. */
    public void common(int offset, int size, long value) {
        write(1, offset, size, value);
    }

    /** Reads a field of a structure. */
    public long read(int type, int offset, int size) {
        Structure s = structures.get(type);
        return pci.read(s.bar(), s.offset() + offset, size);
    }

    /** Writes a field of a structure. */
    public void write(int type, int offset, int size, long value) {
        Structure s = structures.get(type);
        pci.write(s.bar(), s.offset() + offset, size, value);
    }

    /** Device configuration, read with its generation. */
    public long config(int offset, int size) {
        long generation;
        long value;
        do {
            generation = common(0x15, 1);
            value = read(4, offset, size);
        } while (generation != common(0x15, 1));
        return value;
    }

    /** Status register. */
    public int status() {
        return (int) common(0x14, 1);
    }

    /** Adds status bits. */
    public void status(int bits) {
        common(0x14, 1, status() | bits);
    }

    /** Whether the device gave up on us. */
    public boolean needsReset() {
        return (status() & NEEDS_RESET) != 0;
    }

    /** Resets and waits until it is done. */
    public void reset() {
        common(0x14, 1, 0);
        await(() -> status() == 0, "reset");
        rings.clear();
        doorbells.clear();
    }

    /** All features the device offers. */
    public long offered() {
        common(0x00, 4, 0);
        long low = common(0x04, 4);
        common(0x00, 4, 1);
        return low | common(0x04, 4) << 32;
    }

    /** Asks for features; whether the device accepts them. */
    public boolean negotiate(long features) {
        status(ACKNOWLEDGE);
        status(DRIVER);
        common(0x08, 4, 0);
        common(0x0c, 4, features & 0xffff_ffffL);
        common(0x08, 4, 1);
        common(0x0c, 4, features >>> 32);
        status(FEATURES_OK);
        return (status() & FEATURES_OK) != 0;
    }

    /** Sets up the next queue. */
    public GuestRing addQueue(GuestMemory memory, long base, int size, boolean eventIndex) {
        int index = rings.size();
        GuestRing ring = new GuestRing(memory, base, size, eventIndex);
        setQueue(index, ring.addresses(), index + 1);
        rings.add(ring);
        doorbells.add((int) common(0x1e, 2));
        return ring;
    }

    /** Writes the registers of a queue and enables it. */
    public void setQueue(int index, QueueAddresses at, int vector) {
        common(0x16, 2, index);
        common(0x18, 2, at.size());
        common(0x1a, 2, vector);
        address(0x20, at.descriptors());
        address(0x28, at.available());
        address(0x30, at.used());
        common(0x1c, 2, 1);
    }

    private void address(int offset, long value) {
        common(offset, 4, value & 0xffff_ffffL);
        common(offset + 4, 4, value >>> 32);
    }

    /**
     * The whole start: reset, features, all queues from {@code base} on, DRIVER_OK.
     *
     * @return address behind the rings, page aligned
     */
    public long start(GuestMemory memory, long base, int queues, int size, long features) {
        reset();
        if (!negotiate(features | Features.VERSION_1)) {
            throw new AssertionError("features refused");
        }
        common(0x10, 2, 0);
        long at = base;
        for (int i = 0; i < queues; i++) {
            addQueue(memory, at, size, Features.has(features, Features.EVENT_IDX));
            at = at + GuestRing.bytes(size) + 4095 & ~4095L;
        }
        status(DRIVER_OK);
        return at;
    }

    /** A queue's ring. */
    public GuestRing ring(int index) {
        return rings.get(index);
    }

    /** Continues with the rings of another driver object: the device was replaced below us. */
    public VirtioDriver movedTo(GuestPci other) {
        VirtioDriver moved = new VirtioDriver(other);
        moved.rings.addAll(rings);
        moved.doorbells.addAll(doorbells);
        return moved;
    }

    /** Kicks a queue if the device wants that. */
    public void kick(int queue) {
        if (rings.get(queue).kickWanted()) {
            ring(queue, 2);
        }
    }

    /** Writes to a doorbell. */
    public void ring(int queue, int size) {
        Structure notify = structures.get(2);
        int multiplier = pci.config(notify.capability() + 16, 4);
        write(2, doorbells.get(queue) * multiplier, size, queue);
    }

    /** Waits for something that must happen soon. */
    public static void await(BooleanSupplier condition, String what) {
        long end = System.nanoTime() + 20_000_000_000L;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("does not happen: " + what);
            }
            Thread.onSpinWait();
        }
    }

    /** Waits for the next used element of a queue. */
    public GuestRing.Used awaitUsed(int queue) {
        await(rings.get(queue)::hasUsed, "used element on queue " + queue);
        return rings.get(queue).poll().orElseThrow();
    }
}
