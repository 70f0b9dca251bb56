package org.interposer.interposer.block.nullstage;

import org.interposer.api.block.BlockBackend;
import org.interposer.api.block.BlockInterposerProvider;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** A configured pass-through stage; any number of ports may open it. */
@Component(
        configurationPid = "org.interposer.interposer.block.nullstage",
        configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = NullStageProvider.Config.class, factory = true)
public final class NullStageProvider implements BlockInterposerProvider {
    private final String id;

    /** Configuration keys. */
    @ObjectClassDefinition(
            name = "Block pass-through",
            description = "An interposer that passes every request on unchanged.")
    public @interface Config {
        /** Id. */
        @AttributeDefinition(description = "Name by which chains refer to it; unique.")
        String id();
    }

    /**
     * A stage by this configuration.
     *
     * @throws IllegalArgumentException when the id is empty
     */
    @Activate
    public NullStageProvider(Config config) {
        id = config.id() == null ? "" : config.id();
        if (id.isBlank()) {
            throw new IllegalArgumentException("a pass-through stage needs an id: set id=<name>");
        }
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public String describe() {
        return "pass-through";
    }

    @Override
    public BlockBackend open(BlockBackend lower) {
        return new NullStage(lower);
    }
}
