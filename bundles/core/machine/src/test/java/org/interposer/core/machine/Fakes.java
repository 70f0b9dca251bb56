package org.interposer.core.machine;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.interposer.api.acpi.AcpiTables;
import org.interposer.api.boot.BootLoader;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.IoBusFactory;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.Engine;
import org.interposer.api.engine.EngineException;
import org.interposer.api.engine.EngineReport;
import org.interposer.api.engine.EngineSpec;
import org.interposer.api.engine.EngineVm;
import org.interposer.api.engine.HostDebug;
import org.interposer.api.engine.TestStates;
import org.interposer.api.engine.TraceKind;
import org.interposer.api.engine.Vcpu;
import org.interposer.api.engine.VcpuExit;
import org.interposer.api.frontend.DeviceException;
import org.interposer.api.frontend.DeviceHost;
import org.interposer.api.frontend.Frontend;
import org.interposer.api.frontend.PlatformDevices;
import org.interposer.api.irq.Irqchip;
import org.interposer.api.irq.IrqchipFactory;
import org.interposer.api.irq.IrqchipHost;
import org.interposer.api.irq.IrqchipMode;
import org.interposer.api.machine.MachineException;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.memory.GuestMemoryFactory;
import org.interposer.api.pci.PciHost;
import org.interposer.api.pci.PciHostFactory;
import org.interposer.api.state.StateRecord;
import org.interposer.api.time.MachineClockFactory;
import org.interposer.api.time.ManagedClock;

/** The surroundings of a machine: every part writes what is asked of it into one journal. */
final class Fakes implements Parts, FrontendSource {
    final List<String> journal = new CopyOnWriteArrayList<>();
    final Map<Class<?>, Object> services = new ConcurrentHashMap<>();
    final List<Engine> otherEngines = new CopyOnWriteArrayList<>();
    final List<Frontend> frontends = new CopyOnWriteArrayList<>();
    final List<ScriptedVcpu> vcpus = new CopyOnWriteArrayList<>();
    EngineReport report =
            new EngineReport(
                    true, true, "works", List.of(IrqchipMode.USER, IrqchipMode.SPLIT), Map.of());

    Set<TraceKind> traceable = Set.of();

    Fakes() {
        service(Engine.class, new ScriptedEngine("kvm"));
        service(GuestMemoryFactory.class, (name, bytes) -> recording("memory", GuestMemory.class));
        service(IoBusFactory.class, () -> recording("bus", IoBus.class));
        service(MachineClockFactory.class, name -> recording("clock", ManagedClock.class));
        service(
                IrqchipFactory.class,
                (mode, cpus, bus, clock, host) -> recording("irqchip", Irqchip.class));
        service(PciHostFactory.class, (bus, irq, ecam) -> recording("pci", PciHost.class));
        service(PlatformDevices.class, (machine, ram) -> List.of(new FakeDevice("pit")));
        service(AcpiTables.class, (topology, pci, memory) -> 0xe0000);
        service(
                BootLoader.class,
                (source, memory, rsdp) -> {
                    journal.add("boot.load");
                    return state(0x100000);
                });
    }

    <T> void service(Class<T> type, T service) {
        services.put(type, service);
    }

    @Override
    public <T> T require(Class<T> type, String bundle, UndoStack undo) throws MachineException {
        return all(type, undo).stream()
                .findFirst()
                .orElseThrow(() -> new MachineException("no " + type.getSimpleName()));
    }

    @Override
    public <T> List<T> all(Class<T> type, UndoStack undo) {
        List<T> found = new ArrayList<>();
        Optional.ofNullable(services.get(type)).map(type::cast).ifPresent(found::add);
        if (type == Engine.class) {
            otherEngines.forEach(engine -> found.add(type.cast(engine)));
        }
        return found;
    }

    @Override
    public List<Frontend> awaitConfigured() {
        return List.copyOf(frontends);
    }

    @Override
    public List<String> present() {
        return frontends.stream().map(Frontend::id).toList();
    }

    /** An object that only writes down what is called, and answers with nothing. */
    <T> T recording(String name, Class<T> type) {
        Object proxy =
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (self, method, arguments) -> {
                            journal.add(name + "." + method.getName());
                            return nothing(method);
                        });
        return type.cast(proxy);
    }

    private static Object nothing(Method method) {
        Class<?> type = method.getReturnType();
        if (type == boolean.class) {
            return false;
        }
        if (type == long.class) {
            return 0L;
        }
        if (type == int.class) {
            return 0;
        }
        return type == List.class ? List.of() : null;
    }

    static CpuState state(long rip) {
        return state(rip, 0);
    }

    /** In real mode. */
    static CpuState state(long rip, long codeBase) {
        CpuState.Segment data = new CpuState.Segment(0, 0, 0xffff, 0x93);
        CpuState.Segment code = new CpuState.Segment(0, codeBase, 0xffff, 0x9b);
        return TestStates.running(
                new long[16], rip, code, data, new CpuState.Control(0, 0, 0, 0, 0, 0, 0, 1));
    }

    /** An engine whose vCPUs do what the test tells them. */
    final class ScriptedEngine implements Engine {
        private final String name;
        volatile Optional<EngineException> refusal = Optional.empty();
        volatile EngineSpec spec;
        volatile boolean takes = true;

        ScriptedEngine(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public EngineReport report() {
            return report;
        }

        @Override
        public EngineVm create(EngineSpec wanted) throws EngineException {
            if (refusal.isPresent()) {
                throw refusal.get();
            }
            spec = wanted;
            List<Vcpu> own = new ArrayList<>();
            vcpus.clear();
            for (int i = 0; i < spec.cpus(); i++) {
                ScriptedVcpu vcpu = new ScriptedVcpu(i);
                vcpu.takes = takes;
                own.add(vcpu);
                vcpus.add(vcpu);
            }
            EngineVm recording = recording(name.equals("kvm") ? "vm" : name, EngineVm.class);
            IrqchipHost host = recording(name + ".host", IrqchipHost.class);
            return (EngineVm)
                    Proxy.newProxyInstance(
                            getClass().getClassLoader(),
                            new Class<?>[] {EngineVm.class},
                            (self, method, arguments) ->
                                    switch (method.getName()) {
                                        case "vcpus" -> List.copyOf(own);
                                        case "exits" -> Map.of("hlt", 7L);
                                        case "irqchipHost" -> host;
                                        case "traceable" -> traceable;
                                        default -> method.invoke(recording, arguments);
                                    });
        }
    }

    /** Runs until it is kicked, or until the test has it exit. */
    static final class ScriptedVcpu implements Vcpu {
        private final int index;
        private final LinkedBlockingQueue<VcpuExit> exits = new LinkedBlockingQueue<>();
        final List<CpuState> restored = new ArrayList<>();
        volatile HostDebug debug = HostDebug.NONE;
        volatile boolean inside;
        volatile long runs;
        volatile RuntimeException failure;
        volatile boolean takes = true;
        volatile long rip = 0xfff0;
        volatile long codeBase;
        volatile Runnable work = () -> {};

        ScriptedVcpu(int index) {
            this.index = index;
        }

        void exit(VcpuExit exit) {
            exits.add(exit);
        }

        @Override
        public int index() {
            return index;
        }

        @Override
        public VcpuExit run() {
            inside = true;
            runs++;
            work.run();
            try {
                VcpuExit exit = exits.poll(60, TimeUnit.SECONDS);
                if (failure != null) {
                    throw failure;
                }
                return exit;
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            } finally {
                inside = false;
            }
        }

        @Override
        public void kick() {
            if (!exits.contains(VcpuExit.Kicked.INSTANCE)) {
                exits.add(VcpuExit.Kicked.INSTANCE);
            }
        }

        @Override
        public int debugRegisters() {
            return 2;
        }

        @Override
        public void debug(HostDebug wanted) {
            debug = wanted;
        }

        @Override
        public CpuState state() {
            return Fakes.state(rip, codeBase);
        }

        @Override
        public void restore(CpuState state) throws EngineException {
            if (!takes) {
                throw new EngineException("no XSAVE here");
            }
            restored.add(state);
        }

        @Override
        public Map<String, Long> exits() {
            return Map.of();
        }
    }

    /** A device that counts what it is told. */
    class FakeDevice implements Frontend {
        private final String id;
        volatile DeviceHost host;
        long register;

        FakeDevice(String id) {
            this.id = id;
        }

        @Override
        public String id() {
            return id;
        }

        @Override
        public String describe() {
            return "fake " + id;
        }

        @Override
        public void realize(DeviceHost to) throws DeviceException {
            journal.add(id + ".realize");
            host = to;
        }

        @Override
        public void reset() {
            journal.add(id + ".reset");
            register = 0;
        }

        @Override
        public void quiesce() {
            journal.add(id + ".quiesce");
        }

        @Override
        public void resume() {
            journal.add(id + ".resume");
        }

        @Override
        public StateRecord save() {
            journal.add(id + ".save");
            return StateRecord.of("fake", 1).put("register", register).build();
        }

        @Override
        public void restore(StateRecord state) {
            journal.add(id + ".restore");
            register = state.number("register");
        }

        @Override
        public Map<String, Long> metrics() {
            return Map.of("register", register);
        }

        @Override
        public void unrealize() {
            journal.add(id + ".unrealize");
        }
    }
}
