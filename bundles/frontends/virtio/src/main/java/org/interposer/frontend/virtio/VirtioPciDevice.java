package org.interposer.frontend.virtio;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.interposer.api.frontend.DeviceException;
import org.interposer.api.frontend.DeviceHost;
import org.interposer.api.pci.PciFunction;
import org.interposer.api.state.StateException;
import org.interposer.api.state.StateRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A virtio device on the PCI bus (virtio 1.2 §4.1), modern only: registers, status, queues with an
 * I/O thread each, interrupts, state. A front-end makes one from its {@link VirtioModel} when it is
 * realized and hands its own life-cycle calls on.
 *
 * <p>Registers are guarded by one lock that is held for a few instructions; doorbells and
 * interrupts take none.
 */
public final class VirtioPciDevice implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(VirtioPciDevice.class);
    private static final String TYPE = "virtio.pci";
    private static final int VERSION = 1;
    private static final Duration LEAST_REST = Duration.ofSeconds(2);

    private final String id;
    private final VirtioModel model;
    private final DeviceHost host;
    private final LimitedWait wait;
    private final Object lock = new Object();
    private final QueueSet queues;
    private final CommonRegisters registers;
    private final PciFunction function;
    private final Interrupts interrupts;
    private final DeviceConfig config;
    private final Complaints complaints;
    private final DeviceStatus status = new DeviceStatus();
    private boolean resetting;
    private boolean closed;

    private VirtioPciDevice(String id, VirtioModel model, DeviceHost host, VirtioOptions options)
            throws DeviceException {
        this.id = id;
        this.model = model;
        this.host = host;
        this.wait = new LimitedWait(id, lock, options.restLimit());
        this.complaints = new Complaints(host.machine(), id);
        this.config = new DeviceConfig(model.config());
        Reactions reactions = new Reactions();
        queues = new QueueSet(id, model, host, reactions, options.pollNanos());
        registers =
                new CommonRegisters(
                        reactions, model.features() | Features.TRANSPORT, queues.slots());
        RegisterPages pages = new RegisterPages(this, config, queues);
        try {
            function =
                    host.pci()
                            .attach(
                                    PciLayout.spec(id, model, options.slot(), pages),
                                    new ConfigWindow(pages, queues::wakeAll));
        } catch (IllegalArgumentException e) {
            queues.close();
            throw new DeviceException(id + ": " + e.getMessage(), e);
        }
        interrupts = new Interrupts(function);
    }

    /**
     * Plugs a device in and starts its threads.
     *
     * @throws DeviceException when the PCI bus does not take it
     */
    public static VirtioPciDevice plug(
            String id, VirtioModel model, DeviceHost host, VirtioOptions options)
            throws DeviceException {
        VirtioPciDevice device = new VirtioPciDevice(id, model, host, options);
        device.queues.start(device.function, host);
        return device;
    }

    // ---- registers ----------------------------------------------------------------------------

    long readCommon(int offset, int size) {
        synchronized (lock) {
            return registers.read(offset, size);
        }
    }

    void writeCommon(int offset, int size, long value) {
        boolean wasRunning;
        synchronized (lock) {
            // Until a reset is done nothing can be set up (§4.1.4.3.2).
            if (resetting) {
                return;
            }
            wasRunning = status.bits() != 0;
            registers.write(offset, size, value);
            wasRunning &= status.bits() == 0;
        }
        if (wasRunning) {
            interrupts.settle();
        }
    }

    long readIsr() {
        return interrupts.readAndClear();
    }

    void writeConfig(int offset, int size, long value) {
        model.configWritten(offset, size, value);
    }

    /** What registers and workers ask of the device. */
    private final class Reactions implements CommonRegisters.Actions, QueueWorker.Owner {
        @Override
        public int status() {
            return status.bits();
        }

        @Override
        public int generation() {
            return config.generation();
        }

        @Override
        public void statusWritten(int value) {
            if (value == 0) {
                beginReset();
            } else {
                raiseStatus(value);
            }
        }

        @Override
        public void queueEnabled(QueueSlot slot) {
            if (!status.has(CommonRegisters.FEATURES_OK)) {
                return;
            }
            slot.enable();
            try {
                queues.open(slot, registers.driverFeatures(), interrupts);
            } catch (QueueError e) {
                queues.worker(slot.index()).metrics().failed();
                needReset("queue " + slot.index(), e);
            }
        }

        @Override
        public void broken(QueueWorker worker, QueueError error) {
            boolean tell;
            synchronized (lock) {
                tell = needReset("queue " + worker.index(), error);
            }
            if (tell) {
                interrupts.configChanged(registers.configVector());
            }
        }

        @Override
        public void rested(QueueWorker worker) {
            boolean wasReset = false;
            synchronized (lock) {
                if (worker.rest()) {
                    wasReset = finishResetIfRested();
                    lock.notifyAll();
                }
            }
            if (wasReset) {
                interrupts.settle();
            }
        }

        @Override
        public boolean busMaster() {
            return function.busMaster();
        }
    }

    /** Adds what the driver may add, and does what follows from it. Lock held. */
    private void raiseStatus(int written) {
        int added = status.acceptable(written, registers.featuresAcceptable());
        if ((added & CommonRegisters.FEATURES_OK) != 0) {
            model.negotiated(registers.driverFeatures());
        }
        status.add(added);
        if ((added & CommonRegisters.DRIVER_OK) != 0) {
            queues.unbar(QueueWorker.IDLE);
        }
    }

    /**
     * Marks the device (§2.1.2) and stops serving all its queues. Lock held.
     *
     * @return whether the driver is to be told
     */
    private boolean needReset(String where, QueueError error) {
        if (status.has(CommonRegisters.NEEDS_RESET)) {
            return false;
        }
        complaints.add(where, error);
        status.add(CommonRegisters.NEEDS_RESET);
        queues.bar(QueueWorker.BROKEN);
        return status.has(CommonRegisters.DRIVER_OK);
    }

    /**
     * Sets the configuration space; the driver is interrupted when it runs. Any thread.
     *
     * @param bytes not changed by the caller any more
     */
    public void updateConfig(byte[] bytes) {
        boolean tell;
        synchronized (lock) {
            config.set(bytes);
            tell = status.has(CommonRegisters.DRIVER_OK);
        }
        if (tell) {
            interrupts.configChanged(registers.configVector());
        }
    }

    /** The configuration space as the driver itself has just changed it: without an interrupt. */
    public void acceptConfig(byte[] bytes) {
        synchronized (lock) {
            config.set(bytes);
        }
    }

    // ---- rings --------------------------------------------------------------------------------

    /** Lets a queue's I/O thread look at its ring. Any thread. */
    public void wake(int queue) {
        queues.worker(queue).wake();
    }

    /** {@link #wake} for all queues. */
    public void wakeAll() {
        queues.wakeAll();
    }

    // ---- reset and rest -----------------------------------------------------------------------

    /** Chains in flight come first: their memory must not be touched after a reset. Lock held. */
    private void beginReset() {
        if (resetting) {
            return;
        }
        resetting = true;
        queues.bar(QueueWorker.RESET);
        // A driver that never started it has nothing in flight and need not wait.
        if (!status.has(CommonRegisters.DRIVER_OK)) {
            finishReset();
        } else {
            finishResetIfRested();
        }
    }

    private boolean finishResetIfRested() {
        boolean finished = resetting && queues.resting();
        if (finished) {
            finishReset();
        }
        return finished;
    }

    private void finishReset() {
        resetting = false;
        status.set(0);
        registers.reset();
        interrupts.clear();
        queues.reset();
        model.reset();
        lock.notifyAll();
    }

    /**
     * Back to the state after power-on.
     *
     * @throws IllegalStateException when chains in flight do not come back in time
     */
    public void reset() {
        synchronized (lock) {
            beginReset();
            wait.demand(() -> !resetting, "reset");
        }
        interrupts.settle();
        function.reset();
    }

    /**
     * Returns when nothing is in flight and no ring is touched.
     *
     * @throws IllegalStateException when chains in flight do not come back in time
     */
    public void quiesce() {
        synchronized (lock) {
            queues.bar(QueueWorker.QUIESCE);
            try {
                wait.demand(this::atRest, "brought to rest");
            } catch (IllegalStateException e) {
                queues.unbar(QueueWorker.QUIESCE);
                throw e;
            }
        }
    }

    /**
     * Serves no ring any more, before its front-end closes what chains in flight wait for. Waits
     * for them a moment only.
     */
    public void stopServing() {
        synchronized (lock) {
            queues.bar(QueueWorker.QUIESCE);
            if (!wait.until(this::atRest, LEAST_REST)) {
                LOG.info("{}/{}: unplugged with requests in flight", host.machine(), id);
            }
        }
    }

    private boolean atRest() {
        return !resetting && queues.resting();
    }

    /** Undoes {@link #quiesce}. */
    public void resume() {
        synchronized (lock) {
            queues.unbar(QueueWorker.QUIESCE);
        }
    }

    // ---- state --------------------------------------------------------------------------------

    /** Everything the guest can see of it; quiesced. */
    public StateRecord save() {
        synchronized (lock) {
            StateRecord.Builder state =
                    StateRecord.of(TYPE, VERSION)
                            .put("function", function.save())
                            .put("status", status.bits())
                            .put("isr", interrupts.bits())
                            .put("generation", config.generation());
            registers.save(state);
            return state.put("queues", queues.save()).build();
        }
    }

    /**
     * Restores {@link #save}; quiesced. The configuration space stays as the model has it.
     *
     * @throws StateException when it does not fit this device
     */
    public void restore(StateRecord state) {
        state.expect(TYPE, VERSION);
        registers.checkFits(state, id);
        synchronized (lock) {
            registers.reset();
            registers.restore(state);
            status.set((int) state.number("status"));
            config.restoreGeneration((int) state.number("generation"));
            long features = registers.driverFeatures();
            if (status.has(CommonRegisters.FEATURES_OK)) {
                model.negotiated(features);
            }
            queues.restore(state.records("queues"), status.bits(), features, interrupts);
            function.restore(state.nested("function"));
            interrupts.restore((int) state.number("isr"));
        }
    }

    /** The ring of a queue while it is enabled; for a front-end's own state, quiesced. */
    public Optional<Virtqueue> queue(int index) {
        return queues.worker(index).queue();
    }

    // ---- metrics ------------------------------------------------------------------------------

    /** Counts of all queues, as {@code queue0.interrupts} … */
    public Map<String, Long> metrics() {
        return queues.metrics();
    }

    /** Counts of one queue. */
    public QueueMetrics metrics(int queue) {
        return queues.worker(queue).metrics();
    }

    /** Takes it off the bus and ends its threads; what is in flight must be done. Idempotent. */
    @Override
    public void close() {
        synchronized (lock) {
            if (closed) {
                return;
            }
            closed = true;
            queues.bar(QueueWorker.STOP);
        }
        queues.join();
        function.close();
        queues.close();
    }
}
