package org.interposer.core.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.IoEvent;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.EngineException;
import org.interposer.api.engine.EngineSpec;
import org.interposer.api.engine.EngineVm;
import org.interposer.api.engine.Vcpu;

/**
 * The place of a machine's engine: what is in it may change while the machine is paused. Devices
 * reach the engine through it from any thread; the rest is for the control thread.
 */
final class EngineSlot implements AutoCloseable {
    /**
     * An engine's part of the machine.
     *
     * @param choice its engine and why
     * @param powerOn state of each vCPU after power-on
     */
    record Content(EngineChoice choice, EngineVm vm, List<CpuState> powerOn) {}

    private final EngineSpec spec;
    private final SwitchedIrqchipHost irqchipHost;
    private final Map<String, Long> earlierExits = new TreeMap<>();
    private volatile Content content;
    private long moves;

    /** Over the first engine's part, whose vCPUs have no state yet. */
    EngineSlot(EngineSpec spec, EngineChoice choice, EngineVm vm) {
        this.spec = spec;
        content = new Content(choice, vm, List.of());
        irqchipHost = new SwitchedIrqchipHost(vm.irqchipHost());
    }

    /** What the engine was asked for. */
    EngineSpec spec() {
        return spec;
    }

    EngineChoice choice() {
        return content.choice();
    }

    /** Name of the engine. */
    String name() {
        return choice().engine().name();
    }

    EngineVm vm() {
        return content.vm();
    }

    List<CpuState> powerOn() {
        return content.powerOn();
    }

    /** What controllers in user space call, whichever engine is here. */
    SwitchedIrqchipHost irqchipHost() {
        return irqchipHost;
    }

    /** A new event for a device. */
    IoEvent newEvent() {
        return vm().newEvent();
    }

    /** See {@link EngineVm#invalidateTranslations}. */
    void invalidateTranslations(long address) {
        vm().invalidateTranslations(address);
    }

    /** Notes the state of the vCPUs as the one after power-on. */
    void powerOnIsNow() throws EngineException {
        content = new Content(choice(), vm(), states(vm()));
    }

    static List<CpuState> states(EngineVm vm) throws EngineException {
        List<CpuState> states = new ArrayList<>();
        for (Vcpu vcpu : vm.vcpus()) {
            states.add(vcpu.state());
        }
        return states;
    }

    /** Puts another engine in. The machine is paused and no thread is in the old vCPUs. */
    void switchTo(Content next, IoBus bus) {
        Content before = content;
        before.vm().exits().forEach((cause, n) -> earlierExits.merge(cause, n, Long::sum));
        // Takes the doorbells back from the old engine while that is open.
        bus.accelerator(next.vm().doorbells());
        irqchipHost.switchTo(next.vm().irqchipHost());
        content = next;
        moves++;
        before.vm().close();
    }

    /** Exits by cause, over all engines that were here. */
    Map<String, Long> exits() {
        Map<String, Long> sums = new TreeMap<>(earlierExits);
        vm().exits().forEach((cause, n) -> sums.merge(cause, n, Long::sum));
        return sums;
    }

    /** How often the engine was changed. */
    long moves() {
        return moves;
    }

    @Override
    public void close() {
        vm().close();
    }
}
