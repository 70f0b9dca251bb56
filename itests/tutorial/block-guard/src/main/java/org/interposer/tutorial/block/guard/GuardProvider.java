package org.interposer.tutorial.block.guard;

import java.io.IOException;
import org.interposer.api.block.BlockBackend;
import org.interposer.api.block.BlockInterposerProvider;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Makes guards from configurations. */
@Component(
        configurationPid = "org.interposer.tutorial.block.guard",
        configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = GuardProvider.Config.class, factory = true)
public final class GuardProvider implements BlockInterposerProvider {
    private final Config config;

    /** What a user configures. */
    @ObjectClassDefinition(name = "Block guard", description = "Refuses writes to some sectors.")
    @interface Config {
        @AttributeDefinition(description = "Id that chains use")
        String id();

        @AttributeDefinition(description = "First guarded sector of 512 bytes", min = "0")
        long firstSector() default 0;

        @AttributeDefinition(description = "Number of guarded sectors", min = "1")
        long sectors() default 1;
    }

    /** Called by Declarative Services. */
    @Activate
    public GuardProvider(Config config) {
        this.config = config;
    }

    @Override
    public String id() {
        return config.id();
    }

    @Override
    public String describe() {
        return "guard, " + config.sectors() + " sectors from " + config.firstSector();
    }

    @Override
    public BlockBackend open(BlockBackend lower) throws IOException {
        if (config.firstSector() >= lower.geometry().sectors()) {
            throw new IOException(
                    "guard '"
                            + id()
                            + "': sector "
                            + config.firstSector()
                            + " lies behind the end of the disk; choose a smaller firstSector");
        }
        return new Guard(lower, config.firstSector(), config.sectors());
    }
}
