package org.interposer.api.engine;

import java.util.Map;
import java.util.Set;
import org.interposer.api.irq.IrqchipMode;

/**
 * What an engine can do on this host.
 *
 * @param usable it can make machines at all
 * @param runsKernelCode it runs CPL 0 code of an ordinary kernel, not just bare-metal guests made
 *     for it
 * @param summary one line for people: the verdict, the reason, the way out
 * @param irqchipModes what it offers, the preferred first
 * @param capabilities name to value, as found, for {@code engine:info}
 */
public record EngineReport(
        boolean usable,
        boolean runsKernelCode,
        String summary,
        java.util.List<IrqchipMode> irqchipModes,
        Map<String, String> capabilities) {
    /** Copies the collections. */
    public EngineReport {
        irqchipModes = java.util.List.copyOf(irqchipModes);
        capabilities = java.util.Collections.unmodifiableMap(new java.util.TreeMap<>(capabilities));
    }

    /** Modes as a set. */
    public Set<IrqchipMode> modes() {
        return Set.copyOf(irqchipModes);
    }
}
