package org.interposer.engine.kvm;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.interposer.api.engine.Engine;
import org.interposer.api.engine.EngineException;
import org.interposer.api.engine.EngineReport;
import org.interposer.api.engine.EngineSpec;
import org.interposer.api.engine.EngineVm;
import org.interposer.api.irq.IrqchipMode;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** The engine {@code kvm}. Opens KVM when it is first asked for something. */
@Component(property = Engine.NAME + "=" + KvmEngine.KVM)
public final class KvmEngine implements Engine {
    /** Its name. */
    static final String KVM = "kvm";

    private Optional<KvmSystem> system = Optional.empty();
    private Optional<EngineReport> report = Optional.empty();

    @Override
    public String name() {
        return KVM;
    }

    @Override
    public synchronized EngineReport report() {
        if (report.isEmpty()) {
            report = Optional.of(examine());
        }
        return report.get();
    }

    private EngineReport examine() {
        KvmSystem open;
        try {
            open = open();
        } catch (EngineException | LinkageError e) {
            return new EngineReport(
                    false, false, "KVM is not usable: " + e.getMessage(), List.of(), Map.of());
        }
        KvmProbe.Result probe = new KvmProbe(open).run();
        Map<String, String> all = new TreeMap<>(open.describe());
        all.put("probe", probe.detail() + ", in " + probe.micros() + " µs");
        boolean usable = probe.verdict() != KvmProbe.Verdict.BROKEN;
        return new EngineReport(
                usable,
                probe.verdict() == KvmProbe.Verdict.NATIVE,
                summary(probe),
                usable ? modes(open) : List.of(),
                all);
    }

    private static String summary(KvmProbe.Result probe) {
        return switch (probe.verdict()) {
            case NATIVE -> "KVM runs kernel code natively (" + probe.detail() + ")";
            case INTERPRETED ->
                    "KVM here interprets kernel code ("
                            + probe.detail()
                            + "): bare-metal guests run, Linux does not; use engine softcpu,"
                            + " or a host with hardware virtualization";
            case BROKEN ->
                    "KVM does not run guest code ("
                            + probe.detail()
                            + "): use engine softcpu, or a host with hardware virtualization";
        };
    }

    private static List<IrqchipMode> modes(KvmSystem open) {
        List<IrqchipMode> modes = new ArrayList<>();
        if (open.has(Capability.IRQCHIP) && open.has(Capability.IRQ_ROUTING)) {
            modes.add(IrqchipMode.KERNEL);
        }
        if (open.has(Capability.SPLIT_IRQCHIP) && open.has(Capability.SIGNAL_MSI)) {
            modes.add(IrqchipMode.SPLIT);
        }
        modes.add(IrqchipMode.USER);
        return modes;
    }

    private synchronized KvmSystem open() throws EngineException {
        if (system.isEmpty()) {
            system = Optional.of(new KvmSystem());
        }
        return system.get();
    }

    @Override
    public EngineVm create(EngineSpec spec) throws EngineException {
        EngineReport known = report();
        if (!known.usable()) {
            throw new EngineException("machine '" + spec.machine() + "': " + known.summary());
        }
        if (!known.irqchipModes().contains(spec.irqchip())) {
            throw new EngineException(
                    "machine '%s': this KVM has no interrupt controllers in mode %s, it has %s"
                            .formatted(spec.machine(), spec.irqchip(), known.irqchipModes()));
        }
        KvmSystem open = open();
        int most = open.value(Capability.MAX_VCPUS);
        if (spec.cpus() < 1 || spec.cpus() > Math.min(most, 255)) {
            throw new EngineException(
                    "machine '%s': %d vCPUs; this KVM takes 1 to %d"
                            .formatted(spec.machine(), spec.cpus(), Math.min(most, 255)));
        }
        return new KvmVm(open, spec);
    }

    /** Closes KVM; machines that still run keep their own descriptors. */
    @Deactivate
    synchronized void stop() {
        system.ifPresent(KvmSystem::close);
        system = Optional.empty();
    }
}
