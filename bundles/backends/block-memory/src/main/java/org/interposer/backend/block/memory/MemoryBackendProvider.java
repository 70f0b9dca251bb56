package org.interposer.backend.block.memory;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.interposer.api.block.BlockBackend;
import org.interposer.api.block.BlockBackendProvider;
import org.interposer.api.block.BlockGeometry;
import org.interposer.api.config.Sizes;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** A configured memory disk; owns the content, lets one port at a time have it. */
@Component(
        configurationPid = "org.interposer.backend.block.memory",
        configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = MemoryBackendProvider.Config.class, factory = true)
public final class MemoryBackendProvider implements BlockBackendProvider {
    private final String id;
    private final boolean readOnly;
    private final MemoryContent content;
    private final AtomicBoolean open = new AtomicBoolean();

    /** Configuration keys. */
    @ObjectClassDefinition(
            name = "Memory disk",
            description = "A block back-end in the Java heap; its content ends with it.")
    public @interface Config {
        /** Id. */
        @AttributeDefinition(description = "Name by which chains refer to it; unique.")
        String id();

        /** Size. */
        @AttributeDefinition(
                description =
                        "Capacity: bytes or with K, M, G; a multiple of 512. Heap is used"
                                + " as sectors are written.")
        String size() default "64M";

        /** Read-only. */
        @AttributeDefinition(description = "Refuse writes.")
        boolean readOnly() default false;
    }

    /**
     * A disk of zeroes.
     *
     * @throws IllegalArgumentException when the id is empty or the size is no disk size
     */
    @Activate
    public MemoryBackendProvider(Config config) {
        id = config.id() == null ? "" : config.id();
        if (id.isBlank()) {
            throw new IllegalArgumentException("a memory disk needs an id: set id=<name>");
        }
        long bytes = Sizes.parse(config.size());
        if (bytes < BlockGeometry.SECTOR || bytes % BlockGeometry.SECTOR != 0) {
            throw new IllegalArgumentException(
                    "memory disk '%s': size %s is not a positive multiple of 512 bytes"
                            .formatted(id, config.size()));
        }
        if (bytes > (long) Integer.MAX_VALUE * MemoryContent.CHUNK) {
            throw new IllegalArgumentException(
                    "memory disk '%s': %s is too large; use a file back-end"
                            .formatted(id, config.size()));
        }
        readOnly = config.readOnly();
        content = new MemoryContent(bytes);
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public String describe() {
        return "memory, " + Sizes.format(content.bytes()) + (readOnly ? ", read-only" : "");
    }

    @Override
    public BlockBackend open() throws IOException {
        if (!open.compareAndSet(false, true)) {
            throw new IOException(
                    ("memory disk '%s' is in use by another port; swap that chain away first or"
                                    + " give this machine a disk of its own")
                            .formatted(id));
        }
        return new MemoryBackend(content, readOnly, () -> open.set(false));
    }
}
