package org.interposer.interposer.block.meter;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.felix.service.command.Descriptor;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** The command {@code meter:reset}. */
@Component(
        service = MeterCommands.class,
        property = {"osgi.command.scope=meter", "osgi.command.function=reset"})
public final class MeterCommands {
    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    private final List<MeterProvider> meters = new CopyOnWriteArrayList<>();

    /** Resets all meters. */
    @Descriptor("let all block meters count from zero")
    public void reset() {
        meters.forEach(MeterProvider::reset);
    }

    /**
     * Resets one meter.
     *
     * @throws IllegalArgumentException when there is none of that id
     */
    @Descriptor("let one block meter count from zero")
    public void reset(@Descriptor("id of the meter") String id) {
        meters.stream()
                .filter(m -> m.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(unknown(id)))
                .reset();
    }

    private String unknown(String id) {
        List<String> ids = meters.stream().map(MeterProvider::id).sorted().toList();
        return "there is no meter '" + id + "' (present: " + String.join(", ", ids) + ")";
    }

    /** For tests: what the reference binds in the container. */
    MeterCommands with(MeterProvider meter) {
        meters.add(meter);
        return this;
    }
}
