package org.interposer.frontend.virtio.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.interposer.api.block.BlockPort;
import org.interposer.api.block.PortSpec;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.IoEvent;
import org.interposer.api.frontend.DeviceException;
import org.interposer.api.frontend.DeviceHost;
import org.interposer.api.frontend.MachineRequest;
import org.interposer.api.irq.InterruptController;
import org.interposer.api.pci.PciConfigListener;
import org.interposer.api.pci.PciFunction;
import org.interposer.api.pci.PciFunctionSpec;
import org.interposer.api.pci.PciHost;
import org.interposer.api.pci.PciNode;
import org.interposer.api.state.StateRecord;
import org.interposer.api.time.DeviceTimer;
import org.interposer.api.time.MachineClock;

/** A machine with memory and a PCI bus, for the devices under test; notes what threads throw. */
public final class FakeHost implements DeviceHost {
    private final FakeMemory memory;
    private final List<FakeFunction> functions = new CopyOnWriteArrayList<>();
    private final List<Throwable> failures = new CopyOnWriteArrayList<>();
    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private final PortOpener ports;
    private final FakeClock clock = new FakeClock();

    /** Makes the ports of block devices. */
    public interface PortOpener {
        /** As {@link DeviceHost#openBlockPort}. */
        BlockPort open(PortSpec spec) throws DeviceException;
    }

    /** Without block ports. */
    public FakeHost(FakeMemory memory) {
        this(
                memory,
                spec -> {
                    throw new DeviceException("no ports here");
                });
    }

    /** With block ports. */
    public FakeHost(FakeMemory memory, PortOpener ports) {
        this.memory = memory;
        this.ports = ports;
    }

    /** The function plugged in last. */
    public FakeFunction function() {
        return functions.get(functions.size() - 1);
    }

    /** What escaped from I/O threads. */
    public List<Throwable> failures() {
        return new ArrayList<>(failures);
    }

    /** All threads started. */
    public List<Thread> threads() {
        return threads;
    }

    @Override
    public String machine() {
        return "m";
    }

    @Override
    public int vcpus() {
        return 1;
    }

    @Override
    public FakeMemory memory() {
        return memory;
    }

    @Override
    public IoBus bus() {
        throw new UnsupportedOperationException();
    }

    @Override
    public InterruptController interrupts() {
        throw new UnsupportedOperationException();
    }

    @Override
    public PciHost pci() {
        return new Pci();
    }

    @Override
    public FakeClock clock() {
        return clock;
    }

    @Override
    public IoEvent newEvent() {
        return new FakeEvent();
    }

    @Override
    public BlockPort openBlockPort(PortSpec spec) throws DeviceException {
        return ports.open(spec);
    }

    @Override
    public Thread startThread(String purpose, Runnable body) {
        Thread thread = new Thread(body, "m/device/" + purpose);
        thread.setDaemon(true);
        thread.setUncaughtExceptionHandler((t, e) -> failures.add(e));
        threads.add(thread);
        thread.start();
        return thread;
    }

    @Override
    public void request(MachineRequest request) {
        failures.add(new AssertionError(request.toString()));
    }

    private final class Pci implements PciHost {
        @Override
        public PciFunction attach(PciFunctionSpec spec, PciConfigListener listener) {
            if (spec.slot().orElse(3) > 31) {
                throw new IllegalArgumentException("slot " + spec.slot() + " does not exist");
            }
            FakeFunction function = new FakeFunction(spec, listener);
            functions.add(function);
            return function;
        }

        @Override
        public List<PciNode> nodes() {
            return List.of();
        }

        @Override
        public int gsi(int device, int pin) {
            return -1;
        }

        @Override
        public void assignResources() {}

        @Override
        public StateRecord save() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void restore(StateRecord state) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void reset() {}

        @Override
        public void close() {}
    }

    /** Time that a test moves. */
    public static final class FakeClock implements MachineClock {
        private final List<Timer> timers = new ArrayList<>();
        private long now;

        @Override
        public synchronized long nanos() {
            return now;
        }

        @Override
        public synchronized long wallNanos() {
            return now;
        }

        @Override
        public synchronized DeviceTimer newTimer(String name, Runnable expired) {
            Timer timer = new Timer(expired);
            timers.add(timer);
            return timer;
        }

        /** Moves time and runs what has expired. */
        public void advance(long nanos) {
            List<Runnable> due = new ArrayList<>();
            synchronized (this) {
                now += nanos;
                for (Timer timer : timers) {
                    if (timer.deadline <= now) {
                        timer.deadline = Long.MAX_VALUE;
                        due.add(timer.expired);
                    }
                }
            }
            due.forEach(Runnable::run);
        }

        /** Whether a timer is armed. */
        public synchronized boolean armed() {
            return timers.stream().anyMatch(t -> t.deadline != Long.MAX_VALUE);
        }

        private final class Timer implements DeviceTimer {
            private final Runnable expired;
            private long deadline = Long.MAX_VALUE;

            Timer(Runnable expired) {
                this.expired = expired;
            }

            @Override
            public void arm(long deadlineNanos) {
                synchronized (FakeClock.this) {
                    deadline = deadlineNanos;
                }
            }

            @Override
            public void cancel() {
                arm(Long.MAX_VALUE);
            }

            @Override
            public void close() {
                cancel();
            }
        }
    }
}
