package org.interposer.itest.machine;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.interposer.api.bus.Doorbell;
import org.interposer.api.bus.DoorbellAccelerator;
import org.interposer.api.bus.IoEvent;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.Engine;
import org.interposer.api.engine.EngineReport;
import org.interposer.api.engine.EngineSpec;
import org.interposer.api.engine.EngineVm;
import org.interposer.api.engine.Vcpu;
import org.interposer.api.engine.VcpuExit;
import org.interposer.api.irq.InterruptController;
import org.interposer.api.irq.Irqchip;
import org.interposer.api.irq.IrqchipHost;
import org.interposer.api.irq.IrqchipMode;
import org.interposer.api.irq.MsiMessage;

/**
 * An engine that executes nothing: the test itself makes the accesses that a guest would make. With
 * it, machines are tested on hosts without KVM.
 */
final class PretendEngine implements Engine {
    volatile Optional<EngineSpec> spec = Optional.empty();

    @Override
    public String name() {
        return "pretend";
    }

    @Override
    public EngineReport report() {
        return new EngineReport(
                true, true, "executes nothing", List.of(IrqchipMode.USER), Map.of());
    }

    @Override
    public EngineVm create(EngineSpec wanted) {
        spec = Optional.of(wanted);
        return new PretendVm(List.of(new PretendVcpu()));
    }

    private record PretendVm(List<Vcpu> vcpus) implements EngineVm {
        @Override
        public InterruptController kernelIrqchip() {
            throw new IllegalStateException("all controllers are in user space");
        }

        @Override
        public IrqchipHost irqchipHost() {
            return new DeafHost();
        }

        @Override
        public void attach(Irqchip irqchip) {}

        @Override
        public IoEvent newEvent() {
            return new SemaphoreEvent();
        }

        @Override
        public DoorbellAccelerator doorbells() {
            return new DoorbellAccelerator() {
                @Override
                public boolean assign(Doorbell doorbell) {
                    return false;
                }

                @Override
                public void unassign(Doorbell doorbell) {}
            };
        }

        @Override
        public Map<String, Long> exits() {
            return Map.of();
        }

        @Override
        public void pauseClock() {}

        @Override
        public void resumeClock() {}

        @Override
        public void close() {}
    }

    /** Stays inside until it is kicked. */
    private static final class PretendVcpu implements Vcpu {
        private final Semaphore kicks = new Semaphore(0);
        private CpuState state = emptyState();

        @Override
        public int index() {
            return 0;
        }

        @Override
        public VcpuExit run() {
            kicks.acquireUninterruptibly();
            return VcpuExit.Kicked.INSTANCE;
        }

        @Override
        public void kick() {
            kicks.release();
        }

        @Override
        public CpuState state() {
            return state;
        }

        @Override
        public void restore(CpuState restored) {
            state = restored;
        }

        @Override
        public Map<String, Long> exits() {
            return Map.of();
        }
    }

    private static CpuState emptyState() {
        CpuState.Segment segment = new CpuState.Segment(0, 0, 0xffff, 0x93);
        CpuState.Table table = new CpuState.Table(0, 0xffff);
        return new CpuState(
                new long[16],
                0xfff0,
                2,
                new CpuState.Segments(
                        segment, segment, segment, segment, segment, segment, segment, segment,
                        table, table),
                new CpuState.Control(0x6000_0010, 0, 0, 0, 0, 0, 0xfee0_0900L, 1),
                new long[6],
                new TreeMap<>(),
                new byte[512],
                new byte[0],
                0,
                CpuState.Activity.RUNNING,
                CpuState.PendingEvents.NONE,
                List.of());
    }

    private static final class SemaphoreEvent implements IoEvent {
        private final Semaphore signals = new Semaphore(0);

        @Override
        public void signal() {
            signals.release();
        }

        @Override
        public boolean await(long timeoutNanos) {
            try {
                boolean signalled = signals.tryAcquire(timeoutNanos, TimeUnit.NANOSECONDS);
                signals.drainPermits();
                return signalled;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }

        @Override
        public OptionalInt descriptor() {
            return OptionalInt.empty();
        }

        @Override
        public void close() {
            signals.release();
        }
    }

    private static final class DeafHost implements IrqchipHost {
        @Override
        public void kick(int cpu) {}

        @Override
        public void init(int cpu) {}

        @Override
        public void startup(int cpu, int vector) {}

        @Override
        public void nmi(int cpu) {}

        @Override
        public void smi(int cpu) {}

        @Override
        public void deliver(MsiMessage message) {}

        @Override
        public void routesChanged() {}

        @Override
        public long tsc(int cpu) {
            return System.nanoTime();
        }

        @Override
        public long tscKhz() {
            return 1_000_000;
        }
    }
}
