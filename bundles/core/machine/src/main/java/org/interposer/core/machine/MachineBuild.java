package org.interposer.core.machine;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
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
import org.interposer.api.engine.Vcpu;
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
        EngineVm vm = vm(choice.engine(), mode, memory, bus, clock);
        InterruptController interrupts = interrupts(mode, bus, clock, vm);
        PciHost pci = pci(bus, interrupts);
        DeviceSet devices =
                new DeviceSet(
                        new MachineDeviceHost.Shared(
                                name, memory, bus, interrupts, pci, clock, vm, parts, requests));
        undo.push("devices", devices::unrealize);
        realize(devices, configured);
        Assembly assembly =
                new Assembly(
                        choice,
                        mode,
                        memory,
                        bus,
                        clock,
                        vm,
                        interrupts,
                        pci,
                        devices,
                        states(vm),
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
        return EngineChoice.choose(name, settings.engine(), parts.all(Engine.class, undo));
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

    private EngineVm vm(
            Engine engine, IrqchipMode mode, GuestMemory memory, IoBus bus, ManagedClock clock)
            throws MachineException {
        try {
            EngineVm vm =
                    engine.create(
                            new EngineSpec(
                                    name,
                                    memory,
                                    bus,
                                    clock,
                                    settings.cpus(),
                                    mode,
                                    settings.cpuModel()));
            undo.push("engine", vm);
            bus.accelerator(vm.doorbells());
            return vm;
        } catch (EngineException e) {
            throw failed(name, e);
        }
    }

    private InterruptController interrupts(
            IrqchipMode mode, IoBus bus, ManagedClock clock, EngineVm vm) throws MachineException {
        if (mode == IrqchipMode.KERNEL) {
            return vm.kernelIrqchip();
        }
        Irqchip irqchip =
                require(IrqchipFactory.class, "org.interposer.core.irqchip")
                        .create(mode, settings.cpus(), bus, clock, vm.irqchipHost());
        undo.push("irqchip", irqchip);
        vm.attach(irqchip);
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

    private List<CpuState> states(EngineVm vm) throws MachineException {
        List<CpuState> states = new ArrayList<>();
        try {
            for (Vcpu vcpu : vm.vcpus()) {
                states.add(vcpu.state());
            }
        } catch (EngineException e) {
            throw failed(name, e);
        }
        return states;
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
