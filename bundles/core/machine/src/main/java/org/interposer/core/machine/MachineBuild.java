package org.interposer.core.machine;

import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;
import org.interposer.api.acpi.AcpiTables;
import org.interposer.api.boot.BootLoader;
import org.interposer.api.boot.BootSource;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.IoBusFactory;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.Engine;
import org.interposer.api.engine.EngineException;
import org.interposer.api.engine.EngineSpec;
import org.interposer.api.engine.EngineVm;
import org.interposer.api.frontend.Frontend;
import org.interposer.api.frontend.PlatformDevices;
import org.interposer.api.irq.InterruptController;
import org.interposer.api.irq.Irqchip;
import org.interposer.api.irq.IrqchipFactory;
import org.interposer.api.irq.IrqchipMode;
import org.interposer.api.machine.MachineException;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.memory.GuestMemoryFactory;
import org.interposer.api.pci.PciHost;
import org.interposer.api.pci.PciHostFactory;
import org.interposer.api.time.MachineClockFactory;
import org.interposer.api.time.ManagedClock;

/**
 * Puts a machine together. Each step notes how to undo it; a step that fails undoes all before it.
 * Control thread only.
 */
final class MachineBuild {
    /** How long a better engine may take to come, and how often to look for it. */
    private static final long ENGINES_NANOS = 2_000_000_000L, ENGINES_LOOK_NANOS = 20_000_000L;

    private final MachineSettings settings;
    private final String name;
    private final Parts parts;
    private final Requests requests;
    private final UndoStack undo = new UndoStack();

    MachineBuild(MachineSettings settings, Parts parts, Requests requests) {
        this.settings = settings;
        this.name = settings.name();
        this.parts = parts;
        this.requests = requests;
    }

    /** Builds it, with the first state of every vCPU set. */
    Assembly build(FrontendSource frontends) throws MachineException {
        try {
            return assemble(frontends);
        } catch (MachineException | RuntimeException | Error e) {
            undo.close();
            throw e;
        }
    }

    private Assembly assemble(FrontendSource frontends) throws MachineException {
        BootSource source = source();
        List<Frontend> configured = frontends.awaitConfigured();
        EngineChoice choice = engine();
        IrqchipMode mode = IrqchipChoice.choose(name, settings.irqchip(), choice.engine());

        GuestMemory memory = memory();
        TracedBus bus =
                new TracedBus(require(IoBusFactory.class, "org.interposer.core.iobus").create());
        ManagedClock clock = clock();
        EngineSlot engine =
                engine(
                        choice,
                        new EngineSpec(
                                name,
                                memory,
                                bus,
                                clock,
                                settings.cpus(),
                                mode,
                                settings.cpuModel()));
        InterruptController interrupts = interrupts(engine, clock);
        PciHost pci = pci(bus, interrupts);
        DeviceSet devices =
                new DeviceSet(
                        new MachineDeviceHost.Shared(
                                name,
                                settings.cpus(),
                                memory,
                                bus,
                                interrupts,
                                pci,
                                clock,
                                engine,
                                parts,
                                requests));
        undo.push("devices", devices::unrealize);
        realize(devices, configured);
        notePowerOn(engine);
        Assembly assembly =
                new Assembly(
                        engine,
                        memory,
                        bus,
                        clock,
                        interrupts,
                        pci,
                        devices,
                        firmware(source),
                        undo);
        enterKernel(assembly);
        return assembly;
    }

    /** Loads the kernel and gives the first vCPU its state. */
    static void enterKernel(Assembly assembly) throws MachineException {
        CpuState entry =
                assembly.firmware().prepare(assembly.memory(), assembly.pci(), assembly.bus());
        try {
            assembly.vm().vcpus().get(0).restore(entry);
        } catch (EngineException e) {
            throw failed(assembly.firmware().machine(), e);
        }
    }

    private <T> T require(Class<T> type, String bundle) throws MachineException {
        return parts.require(type, bundle, undo);
    }

    private BootSource source() throws MachineException {
        return settings.boot()
                .orElseThrow(
                        () ->
                                new MachineException(
                                        "machine '"
                                                + name
                                                + "' has no kernel: set 'kernel' to a bzImage, an"
                                                + " ELF with a PVH note, or a multiboot image"));
    }

    private EngineChoice engine() throws MachineException {
        parts.require(
                Engine.class, "org.interposer.engine.kvm or org.interposer.engine.softcpu", undo);
        long deadline = System.nanoTime() + ENGINES_NANOS;
        while (true) {
            UndoStack held = new UndoStack();
            List<Engine> engines = parts.all(Engine.class, held);
            if (isEnough(engines) || System.nanoTime() > deadline) {
                undo.push("engines", held);
                return EngineChoice.choose(name, settings.engine(), engines);
            }
            held.close();
            LockSupport.parkNanos(ENGINES_LOOK_NANOS);
        }
    }

    /** When the container starts, one engine may be there before a better one. */
    private boolean isEnough(List<Engine> engines) {
        return settings.engine()
                .map(wanted -> engines.stream().anyMatch(e -> e.name().equals(wanted)))
                .orElseGet(() -> engines.stream().anyMatch(e -> e.report().runsKernelCode()));
    }

    private GuestMemory memory() throws MachineException {
        GuestMemoryFactory factory =
                require(GuestMemoryFactory.class, "org.interposer.core.memory");
        try {
            GuestMemory memory = factory.create(name, settings.memoryBytes());
            undo.push("memory", memory);
            return memory;
        } catch (IOException e) {
            throw failed(name, e);
        }
    }

    private ManagedClock clock() throws MachineException {
        ManagedClock clock =
                require(MachineClockFactory.class, "org.interposer.core.timers").create(name);
        undo.push("clock", clock);
        return clock;
    }

    private EngineSlot engine(EngineChoice choice, EngineSpec spec) throws MachineException {
        try {
            EngineVm vm = choice.engine().create(spec);
            EngineSlot slot = new EngineSlot(spec, choice, vm);
            undo.push("engine", slot);
            spec.bus().accelerator(vm.doorbells());
            return slot;
        } catch (EngineException e) {
            throw failed(name, e);
        }
    }

    private InterruptController interrupts(EngineSlot engine, ManagedClock clock)
            throws MachineException {
        IrqchipMode mode = engine.spec().irqchip();
        if (mode == IrqchipMode.KERNEL) {
            return engine.vm().kernelIrqchip();
        }
        Irqchip irqchip =
                require(IrqchipFactory.class, "org.interposer.core.irqchip")
                        .create(
                                mode,
                                settings.cpus(),
                                engine.spec().bus(),
                                clock,
                                engine.irqchipHost());
        undo.push("irqchip", irqchip);
        engine.vm().attach(irqchip);
        return irqchip;
    }

    private PciHost pci(IoBus bus, InterruptController interrupts) throws MachineException {
        PciHost pci =
                require(PciHostFactory.class, "org.interposer.core.pci")
                        .create(bus, interrupts, ecam());
        undo.push("PCI", pci);
        return pci;
    }

    private OptionalLong ecam() {
        return settings.ecam() ? OptionalLong.of(PciHostFactory.ECAM_BASE) : OptionalLong.empty();
    }

    private void realize(DeviceSet devices, List<Frontend> configured) throws MachineException {
        require(PlatformDevices.class, "org.interposer.core.timers");
        for (PlatformDevices platform : parts.all(PlatformDevices.class, undo)) {
            for (Frontend device : platform.create(name, settings.memoryBytes())) {
                devices.realize(device);
            }
        }
        for (Frontend device : configured) {
            devices.realize(device);
        }
        devices.reset();
    }

    private void notePowerOn(EngineSlot engine) throws MachineException {
        try {
            engine.powerOnIsNow();
        } catch (EngineException e) {
            throw failed(name, e);
        }
    }

    private Firmware firmware(BootSource source) throws MachineException {
        return new Firmware(
                name,
                settings.cpus(),
                source,
                ecam(),
                require(BootLoader.class, "org.interposer.core.boot"),
                require(AcpiTables.class, "org.interposer.core.acpi"));
    }

    private static MachineException failed(String machine, Exception cause) {
        return new MachineException("machine '" + machine + "': " + cause.getMessage(), cause);
    }
}
