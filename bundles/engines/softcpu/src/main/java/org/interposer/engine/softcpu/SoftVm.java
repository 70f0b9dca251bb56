package org.interposer.engine.softcpu;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.interposer.api.bus.Doorbell;
import org.interposer.api.bus.DoorbellAccelerator;
import org.interposer.api.bus.IoEvent;
import org.interposer.api.engine.EngineException;
import org.interposer.api.engine.EngineSpec;
import org.interposer.api.engine.EngineVm;
import org.interposer.api.engine.TraceKind;
import org.interposer.api.engine.TraceSink;
import org.interposer.api.engine.Vcpu;
import org.interposer.api.irq.InterruptController;
import org.interposer.api.irq.Irqchip;
import org.interposer.api.irq.IrqchipHost;
import org.interposer.api.memory.DirtyLog;
import org.interposer.engine.softcpu.cpu.Memory;
import org.interposer.engine.softcpu.mem.CodeMap;
import org.interposer.engine.softcpu.mem.PhysicalMemory;

/** The vCPUs of one machine over its memory. */
final class SoftVm implements EngineVm {
    private final EngineSpec spec;
    private final PhysicalMemory physical;
    private final World world;
    private final List<SoftVcpu> vcpus = new ArrayList<>();
    private final SoftIrqchipHost host;
    private final DirtyLog.Observer observer;
    private final DirtyLog.Source source;
    private boolean closed;

    SoftVm(EngineSpec spec, long tscKhz) throws EngineException {
        this.spec = spec;
        physical = new PhysicalMemory(spec.memory());
        CodeMap code = new CodeMap(physical.end());
        world = new World(spec.memory().dirtyLog(), code);
        Memory memory = new Memory(physical, code, world);
        for (int i = 0; i < spec.cpus(); i++) {
            TscClock tsc = new TscClock(spec.clock(), tscKhz);
            PvClock pvClock = new PvClock(spec.memory(), spec.clock(), tsc);
            SoftCpuid cpuid = new SoftCpuid(spec.cpuModel(), i, spec.cpus(), tscKhz);
            SoftEnv env = new SoftEnv(spec.machine(), spec.bus(), cpuid, tsc, pvClock);
            vcpus.add(new SoftVcpu(i, world, memory, env));
        }
        host = new SoftIrqchipHost(vcpus, tscKhz);
        observer = world::deviceWrote;
        source = new WrittenPages(world);
        spec.memory().dirtyLog().addObserver(observer);
        spec.memory().dirtyLog().addSource(source);
    }

    @Override
    public List<Vcpu> vcpus() {
        return List.copyOf(vcpus);
    }

    @Override
    public InterruptController kernelIrqchip() {
        throw new IllegalStateException(
                "machine '" + spec.machine() + "': softcpu has no controllers in a kernel");
    }

    @Override
    public IrqchipHost irqchipHost() {
        return host;
    }

    @Override
    public void attach(Irqchip irqchip) {
        if (irqchip.mode() != spec.irqchip()) {
            throw new IllegalArgumentException(
                    "machine '%s' has mode %s, the controllers have %s"
                            .formatted(spec.machine(), spec.irqchip(), irqchip.mode()));
        }
        vcpus.forEach(vcpu -> vcpu.attach(irqchip.localApic(vcpu.index())));
    }

    @Override
    public IoEvent newEvent() {
        return new SoftEvent();
    }

    /** The bus rings all doorbells itself. */
    @Override
    public DoorbellAccelerator doorbells() {
        return new DoorbellAccelerator() {
            @Override
            public boolean assign(Doorbell doorbell) {
                return false;
            }

            @Override
            public void unassign(Doorbell doorbell) {
                // None was taken.
            }
        };
    }

    @Override
    public Map<String, Long> exits() {
        Map<String, Long> sums = new TreeMap<>();
        vcpus.forEach(vcpu -> vcpu.exits().forEach((k, v) -> sums.merge(k, v, Long::sum)));
        return sums;
    }

    /** Of all pages: translations are kept by linear address. */
    @Override
    public void invalidateTranslations(long address) {
        world.flush();
    }

    @Override
    public Set<TraceKind> traceable() {
        return EnumSet.of(TraceKind.INSTRUCTIONS, TraceKind.EXCEPTIONS);
    }

    @Override
    public void trace(Set<TraceKind> kinds, TraceSink sink) {
        if (!traceable().containsAll(kinds)) {
            throw new IllegalArgumentException("softcpu traces " + traceable() + ", not " + kinds);
        }
        vcpus.forEach(vcpu -> vcpu.trace(kinds, sink));
    }

    /** All clocks here are guest time, which the machine stops. */
    @Override
    public void pauseClock() {
        // Nothing of its own runs on.
    }

    @Override
    public void resumeClock() {
        // As above.
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        vcpus.forEach(SoftVcpu::checkIdle);
        closed = true;
        // Both reach into the translation tables, which go with the vCPUs.
        spec.memory().dirtyLog().removeObserver(observer);
        spec.memory().dirtyLog().removeSource(source);
        vcpus.forEach(SoftVcpu::close);
        physical.close();
    }

    /** What the guest itself has written. */
    private record WrittenPages(World world) implements DirtyLog.Source {
        @Override
        public void start() {
            world.log(true);
        }

        @Override
        public void stop() {
            world.log(false);
        }

        @Override
        public void flushTo(DirtyLog log) {
            world.report();
        }
    }
}
