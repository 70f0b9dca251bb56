package org.interposer.frontend.virtio;

import java.lang.invoke.VarHandle;
import java.util.Optional;
import org.interposer.api.memory.DirtyLog;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.memory.MemoryWindow;

/**
 * The device's side of a split virtqueue (virtio 1.2 §2.7). Used by one thread at a time, the
 * queue's I/O thread; allocates nothing once every descriptor has headed a chain.
 *
 * <pre>
 * pop → (unpop) → the device works → push … (show) … push → publish
 * </pre>
 *
 * <p>Chains may be pushed in any order. {@link #push} only fills in the used ring; {@link #publish}
 * shows all of it to the driver with one store and decides once whether to interrupt.
 */
public final class Virtqueue {
    /** Most descriptors a queue may have here. */
    public static final int MAX_SIZE = 1024;

    private static final int NO_INTERRUPT = 1;
    private static final int NO_NOTIFY = 1;
    private static final int FLAGS = 0;
    private static final int INDEX = 2;
    private static final int RING = 4;

    private final int size;
    private final int mask;
    private final boolean eventIndex;
    private final MemoryWindow available;
    private final MemoryWindow used;
    private final DirtyLog dirty;
    private final DescriptorReader reader;
    private final DescriptorChain[] chains;
    private final int maxSlices;
    private final Runnable interrupt;
    private final QueueMetrics metrics;
    private int nextAvailable;
    private int nextUsed;
    private int staged;
    private int published;

    private Virtqueue(
            QueueAddresses at,
            DescriptorReader reader,
            MemoryWindow available,
            MemoryWindow used,
            boolean eventIndex,
            int maxSlices,
            DirtyLog dirty,
            Runnable interrupt,
            QueueMetrics metrics) {
        this.size = at.size();
        this.mask = size - 1;
        this.reader = reader;
        this.available = available;
        this.used = used;
        this.eventIndex = eventIndex;
        this.maxSlices = maxSlices;
        this.dirty = dirty;
        this.interrupt = interrupt;
        this.metrics = metrics;
        this.chains = new DescriptorChain[size];
    }

    /**
     * Opens a queue that the driver has set up.
     *
     * @param memory where it is
     * @param at its addresses
     * @param features what was negotiated
     * @param maxChain most descriptors a chain may have: the queue size that the device offered
     * @param interrupt tells the driver of used buffers; must not block
     * @param metrics counts to continue
     * @throws QueueError when it is misaligned or not in RAM
     */
    public static Virtqueue open(
            GuestMemory memory,
            QueueAddresses at,
            long features,
            int maxChain,
            Runnable interrupt,
            QueueMetrics metrics)
            throws QueueError {
        int size = at.size();
        if (size < 1 || size > MAX_SIZE || Integer.bitCount(size) != 1) {
            throw new QueueError("queue size " + size);
        }
        MemoryWindow descriptors =
                area(
                        memory,
                        "descriptor table",
                        at.descriptors(),
                        16,
                        DescriptorReader.BYTES * size);
        MemoryWindow available = area(memory, "available ring", at.available(), 2, 6 + 2 * size);
        MemoryWindow used = area(memory, "used ring", at.used(), 4, 6 + 8 * size);
        boolean indirect = Features.has(features, Features.INDIRECT_DESC);
        return new Virtqueue(
                at,
                new DescriptorReader(memory, descriptors, size, maxChain, indirect),
                available,
                used,
                Features.has(features, Features.EVENT_IDX),
                // A buffer may lie in two mappings of the host.
                maxChain + 16,
                memory.dirtyLog(),
                interrupt,
                metrics);
    }

    private static MemoryWindow area(
            GuestMemory memory, String what, long address, int alignment, int length)
            throws QueueError {
        Optional<MemoryWindow> window =
                address % alignment == 0 ? memory.window(address, length) : Optional.empty();
        return window.orElseThrow(
                () ->
                        new QueueError(
                                what
                                        + " misaligned or outside RAM at "
                                        + Long.toHexString(address)));
    }

    /** Number of descriptors. */
    public int size() {
        return size;
    }

    /** Its counts. */
    public QueueMetrics metrics() {
        return metrics;
    }

    /** Whether the driver has offered chains that were not popped. */
    public boolean hasAvailable() {
        return available.get16Acquire(INDEX) != nextAvailable;
    }

    /**
     * Takes chains that the driver has offered, oldest first, as many as there are and fit.
     *
     * @param batch receives them from index 0 on
     * @return how many; 0 when there is none
     * @throws QueueError when the first of them is broken; chains in front of a broken one are
     *     returned first
     */
    public int pop(DescriptorChain[] batch) throws QueueError {
        // §2.7.13.2: what the driver wrote before it moved the index is read after it.
        int waiting = (available.get16Acquire(INDEX) - nextAvailable) & 0xffff;
        if (waiting > size) {
            throw new QueueError("available index jumped by " + waiting + " of " + size);
        }
        int wanted = Math.min(waiting, batch.length);
        int count = 0;
        while (count < wanted) {
            try {
                batch[count] = take(available.get16(RING + 2 * (nextAvailable & mask)));
            } catch (QueueError e) {
                if (count == 0) {
                    throw e;
                }
                return count;
            }
            count++;
            nextAvailable = (nextAvailable + 1) & 0xffff;
        }
        return count;
    }

    /**
     * Gives chains of the last {@link #pop} back to the ring, as if they had not been popped.
     *
     * @param batch what pop filled
     * @param from first chain to give back; all behind it are given back, too
     * @param to how many pop returned
     */
    public void unpop(DescriptorChain[] batch, int from, int to) {
        for (int i = from; i < to; i++) {
            batch[i].release();
        }
        nextAvailable = (nextAvailable - (to - from)) & 0xffff;
    }

    /**
     * Takes a chain by its head, without the available ring: for a restored device that had popped
     * it before it was saved.
     *
     * @throws QueueError when it is broken
     */
    public DescriptorChain take(int head) throws QueueError {
        if (head >= size) {
            throw new QueueError("chain at descriptor " + head + " of " + size);
        }
        DescriptorChain chain = chains[head];
        if (chain == null) {
            chain = new DescriptorChain(head, maxSlices);
            chains[head] = chain;
        }
        if (chain.taken()) {
            throw new QueueError("chain " + head + " offered again while it is in use");
        }
        chain.clear();
        reader.read(chain);
        chain.take();
        return chain;
    }

    /**
     * Puts a chain on the used ring, not yet visible to the driver, and marks what the device may
     * have written as dirty.
     *
     * @param written bytes the device wrote, from the start of the writable part
     */
    public void push(DescriptorChain chain, int written) {
        int at = RING + 8 * ((nextUsed + staged) & mask);
        used.put32(at, chain.head());
        used.put32(at + 4, written);
        staged++;
        if (written != 0) {
            chain.writable().markDirty(dirty);
        }
        chain.release();
    }

    /**
     * Shows the pushed chains to the driver, without an interrupt: one that looks at the ring
     * anyway goes on while the device works on the rest of its batch. {@link #publish} must follow.
     */
    public void show() {
        if (staged == 0) {
            return;
        }
        nextUsed = (nextUsed + staged) & 0xffff;
        staged = 0;
        // §2.7.8.2: the index after the elements.
        used.put16Release(INDEX, nextUsed);
    }

    /** Shows the pushed chains and interrupts the driver if it wants that for any shown since. */
    public void publish() {
        show();
        if (nextUsed == published) {
            return;
        }
        int before = published;
        published = nextUsed;
        metrics.published((nextUsed - before) & 0xffff);
        // §2.7.7.2: the driver re-enables interrupts and then looks at the index; we store the
        // index and then look whether they are enabled. Without a full fence both could miss.
        VarHandle.fullFence();
        if (wantsInterrupt(before)) {
            metrics.interrupted();
            interrupt.run();
        }
    }

    private boolean wantsInterrupt(int before) {
        if (!eventIndex) {
            return (available.get16(FLAGS) & NO_INTERRUPT) == 0;
        }
        // §2.7.7.2: when the element at used_event is among those just shown.
        int usedEvent = available.get16(RING + 2 * size);
        return ((nextUsed - usedEvent - 1) & 0xffff) < ((nextUsed - before) & 0xffff);
    }

    /** Asks the driver not to notify; it may do so all the same (§2.7.10). */
    public void disableNotifications() {
        if (!eventIndex) {
            used.put16(FLAGS, NO_NOTIFY);
        }
        // With the event index the position stays where it is: the driver has passed it.
    }

    /**
     * Asks the driver to notify of the next chain.
     *
     * @return whether chains are there already, of which it will not notify
     */
    public boolean enableNotifications() {
        if (eventIndex) {
            used.put16(RING + 8 * size, nextAvailable);
        } else {
            used.put16(FLAGS, 0);
        }
        // §2.7.10: as in publish, with the roles exchanged.
        VarHandle.fullFence();
        return hasAvailable();
    }

    /** Position in the available ring of the next chain to pop; for state. */
    public int nextAvailable() {
        return nextAvailable;
    }

    /** Position in the used ring; for state. */
    public int nextUsed() {
        return nextUsed;
    }

    /** Continues where a saved queue was; nothing popped or pushed yet. */
    public void restore(int availablePosition, int usedPosition) {
        nextAvailable = availablePosition & 0xffff;
        nextUsed = usedPosition & 0xffff;
        published = nextUsed;
    }
}
