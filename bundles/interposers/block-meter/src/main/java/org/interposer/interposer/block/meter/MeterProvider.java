package org.interposer.interposer.block.meter;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.interposer.api.block.BlockBackend;
import org.interposer.api.block.BlockInterposerProvider;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** A configured meter; each port that opens it has figures of its own. */
@Component(
        service = {BlockInterposerProvider.class, MeterProvider.class},
        configurationPid = "org.interposer.interposer.block.meter",
        configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = MeterProvider.Config.class, factory = true)
public final class MeterProvider implements BlockInterposerProvider {
    private final String id;
    private final Set<MeterStage> stages = ConcurrentHashMap.newKeySet();

    /** Configuration keys. */
    @ObjectClassDefinition(
            name = "Block meter",
            description = "An interposer that counts requests, bytes, errors and latencies.")
    public @interface Config {
        /** Id. */
        @AttributeDefinition(description = "Name by which chains refer to it; unique.")
        String id();
    }

    /**
     * A meter by this configuration.
     *
     * @throws IllegalArgumentException when the id is empty
     */
    @Activate
    public MeterProvider(Config config) {
        id = config.id() == null ? "" : config.id();
        if (id.isBlank()) {
            throw new IllegalArgumentException("a meter needs an id: set id=<name>");
        }
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public String describe() {
        return "meter";
    }

    @Override
    public BlockBackend open(BlockBackend lower) {
        MeterStage stage = new MeterStage(lower, stages::remove);
        stages.add(stage);
        return stage;
    }

    /** Starts to count from zero in all chains it is in. */
    void reset() {
        stages.forEach(MeterStage::reset);
    }
}
