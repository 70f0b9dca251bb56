package org.interposer.frontend.virtio;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.interposer.api.bus.IoEvent;
import org.interposer.api.frontend.DeviceHost;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.pci.PciFunction;
import org.interposer.api.state.StateException;
import org.interposer.api.state.StateRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All queues of a device: registers, rings and I/O threads. Guarded by the device's lock, but for
 * waking and metrics.
 */
final class QueueSet {
    private static final Logger LOG = LoggerFactory.getLogger(QueueSet.class);
    private static final long JOIN_SECONDS = 10;

    private final String id;
    private final GuestMemory memory;
    private final int maxChain;
    private final List<QueueSlot> slots = new ArrayList<>();
    private final List<QueueWorker> workers = new ArrayList<>();
    private final List<IoEvent> events = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();

    QueueSet(
            String id,
            VirtioModel model,
            DeviceHost host,
            QueueWorker.Owner owner,
            long pollNanos) {
        this.id = id;
        this.memory = host.memory();
        this.maxChain = model.queueSize();
        for (int i = 0; i < model.queues(); i++) {
            IoEvent event = host.newEvent();
            events.add(event);
            slots.add(new QueueSlot(i, model.queueSize()));
            workers.add(new QueueWorker(i, event, model.handler(i, event), owner, pollNanos));
        }
    }

    /** Maps the doorbells and starts the threads. */
    void start(PciFunction function, DeviceHost host) {
        for (int i = 0; i < workers.size(); i++) {
            long offset = PciLayout.NOTIFY + (long) PciLayout.DOORBELL * i;
            // §4.1.5.2: the driver writes 16 bits. Anything else comes through the BAR.
            function.mapDoorbell(PciLayout.BAR, offset, 2, OptionalLong.empty(), events.get(i));
            threads.add(host.startThread("queue" + i, workers.get(i)));
        }
    }

    List<QueueSlot> slots() {
        return slots;
    }

    QueueWorker worker(int index) {
        return workers.get(index);
    }

    /** Rings one doorbell in the BAR; there may be no such queue. */
    void notify(int index) {
        if (index < workers.size()) {
            workers.get(index).wake();
        }
    }

    void wakeAll() {
        workers.forEach(QueueWorker::wake);
    }

    void bar(int reason) {
        for (QueueWorker worker : workers) {
            worker.bar(reason);
            worker.wake();
        }
    }

    void unbar(int reason) {
        for (QueueWorker worker : workers) {
            worker.unbar(reason);
            worker.wake();
        }
    }

    boolean resting() {
        return workers.stream().allMatch(QueueWorker::resting);
    }

    /**
     * Opens the ring of a queue that the driver has enabled.
     *
     * @throws QueueError when it is not in RAM
     */
    void open(QueueSlot slot, long features, Interrupts interrupts) throws QueueError {
        QueueWorker worker = workers.get(slot.index());
        worker.queue(
                Optional.of(
                        Virtqueue.open(
                                memory,
                                slot.addresses(),
                                features,
                                maxChain,
                                () -> interrupts.usedBuffers(slot.vector()),
                                worker.metrics())));
    }

    /** State after power-on, but for what bars it on the machine's behalf. */
    void reset() {
        for (QueueWorker worker : workers) {
            worker.queue(Optional.empty());
            worker.handler().reset();
            worker.bar(QueueWorker.IDLE);
            worker.unbar(QueueWorker.RESET | QueueWorker.BROKEN);
        }
    }

    List<StateRecord> save() {
        List<StateRecord> queues = new ArrayList<>();
        for (QueueSlot slot : slots) {
            StateRecord.Builder queue = slot.save();
            workers.get(slot.index())
                    .queue()
                    .ifPresent(
                            ring ->
                                    queue.put("nextAvailable", ring.nextAvailable())
                                            .put("nextUsed", ring.nextUsed()));
            queues.add(queue.build());
        }
        return queues;
    }

    /** Restores {@link #save}; the device's status has been restored before. */
    void restore(List<StateRecord> queues, int status, long features, Interrupts interrupts) {
        reset();
        for (QueueSlot slot : slots) {
            StateRecord state = queues.get(slot.index());
            slot.restore(state);
            if (state.fields().containsKey("nextAvailable")) {
                reopen(slot, state, features, interrupts);
            }
            if ((status & CommonRegisters.DRIVER_OK) != 0) {
                workers.get(slot.index()).unbar(QueueWorker.IDLE);
            }
            if ((status & CommonRegisters.NEEDS_RESET) != 0) {
                workers.get(slot.index()).bar(QueueWorker.BROKEN);
            }
        }
    }

    private void reopen(QueueSlot slot, StateRecord state, long features, Interrupts interrupts) {
        try {
            open(slot, features, interrupts);
        } catch (QueueError e) {
            throw new StateException(id + " queue " + slot.index() + ": " + e.getMessage(), e);
        }
        int available = (int) state.number("nextAvailable");
        int used = (int) state.number("nextUsed");
        workers.get(slot.index()).queue().ifPresent(ring -> ring.restore(available, used));
    }

    Map<String, Long> metrics() {
        Map<String, Long> counts = new TreeMap<>();
        workers.forEach(w -> w.metrics().addTo(counts, "queue" + w.index() + "."));
        return counts;
    }

    /** Waits for the threads, which must have been barred to stop; without the lock. */
    void join() {
        for (Thread thread : threads) {
            try {
                thread.join(TimeUnit.SECONDS.toMillis(JOIN_SECONDS));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (thread.isAlive()) {
                LOG.error("{}: thread {} does not end", id, thread.getName());
            }
        }
    }

    void close() {
        events.forEach(IoEvent::close);
    }
}
