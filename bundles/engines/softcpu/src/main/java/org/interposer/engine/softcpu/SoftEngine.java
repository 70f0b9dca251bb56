package org.interposer.engine.softcpu;

import java.util.List;
import java.util.Map;
import org.interposer.api.engine.Engine;
import org.interposer.api.engine.EngineException;
import org.interposer.api.engine.EngineReport;
import org.interposer.api.engine.EngineSpec;
import org.interposer.api.engine.EngineVm;
import org.interposer.api.irq.IrqchipMode;
import org.osgi.service.component.annotations.Component;

/** The engine {@code softcpu}: a processor in Java, the same on every host. */
@Component(property = Engine.NAME + "=" + SoftEngine.SOFTCPU)
public final class SoftEngine implements Engine {
    /** Its name. */
    static final String SOFTCPU = "softcpu";

    private static final int MOST_CPUS = 64;
    private static final long TSC_KHZ = 1_000_000;

    @Override
    public String name() {
        return SOFTCPU;
    }

    @Override
    public EngineReport report() {
        return new EngineReport(
                true,
                true,
                "softcpu executes any x86-64 code in this JVM, slower than a processor would",
                List.of(IrqchipMode.USER),
                Map.of(
                        "cpu",
                        "x86-64-v2",
                        "max-vcpus",
                        Integer.toString(MOST_CPUS),
                        "tier",
                        "interpreter",
                        "tsc-khz",
                        Long.toString(TSC_KHZ)));
    }

    @Override
    public EngineVm create(EngineSpec spec) throws EngineException {
        if (spec.irqchip() != IrqchipMode.USER) {
            throw new EngineException(
                    "machine '%s': softcpu has interrupt controllers in mode USER only, not %s"
                            .formatted(spec.machine(), spec.irqchip()));
        }
        if (spec.cpus() < 1 || spec.cpus() > MOST_CPUS) {
            throw new EngineException(
                    "machine '%s': %d vCPUs; softcpu takes 1 to %d"
                            .formatted(spec.machine(), spec.cpus(), MOST_CPUS));
        }
        return new SoftVm(spec, spec.tscKhz().orElse(TSC_KHZ));
    }
}
