package org.interposer.backend.block.file;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
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

/** A configured file or block device. */
@Component(
        configurationPid = "org.interposer.backend.block.file",
        configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = FileBackendProvider.Config.class, factory = true)
public final class FileBackendProvider implements BlockBackendProvider {
    private static final int MOST_WORKERS = 64;

    private final FileSettings settings;

    /** Configuration keys. */
    @ObjectClassDefinition(
            name = "File disk",
            description = "A block back-end over a raw image file or a block device.")
    public @interface Config {
        /** Id. */
        @AttributeDefinition(description = "Name by which chains refer to it; unique.")
        String id();

        /** Path. */
        @AttributeDefinition(description = "Raw image file or block device.")
        String path();

        /** O_DIRECT. */
        @AttributeDefinition(description = "Bypass the host's page cache (O_DIRECT).")
        boolean direct() default false;

        /** Read-only. */
        @AttributeDefinition(description = "Open for reading only and refuse writes.")
        boolean readOnly() default false;

        /** Create. */
        @AttributeDefinition(description = "Create the file, sparse, when it does not exist.")
        boolean create() default false;

        /** Size. */
        @AttributeDefinition(
                description =
                        "Size of a file to be created: bytes or with K, M, G, T. An existing file"
                                + " keeps its size.")
        String size() default "";

        /** Threads. */
        @AttributeDefinition(
                description =
                        "Threads that do the I/O, 0 to 64. 0: the threads that submit it, which is"
                                + " fastest for data in the page cache. Slow disks and deep queues"
                                + " want some.")
        int workers() default 0;

        /** Lock. */
        @AttributeDefinition(
                description = "Lock the file (flock) against use by anybody else meanwhile.")
        boolean lock() default true;
    }

    /**
     * Checks the configuration; does not touch the file.
     *
     * @throws IllegalArgumentException naming the key that is wrong
     */
    @Activate
    public FileBackendProvider(Config config) {
        String id = text(config.id());
        if (id.isEmpty()) {
            throw new IllegalArgumentException("a file disk needs an id: set id=<name>");
        }
        if (text(config.path()).isEmpty()) {
            throw new IllegalArgumentException(
                    "file disk '%s' needs a path: set path=<image or device>".formatted(id));
        }
        if (config.workers() < 0 || config.workers() > MOST_WORKERS) {
            throw new IllegalArgumentException(
                    "file disk '%s': workers=%d is not within 0 to %d"
                            .formatted(id, config.workers(), MOST_WORKERS));
        }
        settings =
                new FileSettings(
                        id,
                        path(id, text(config.path())),
                        config.direct(),
                        config.readOnly(),
                        config.create(),
                        size(id, config),
                        config.workers(),
                        config.lock());
    }

    @Override
    public String id() {
        return settings.id();
    }

    @Override
    public String describe() {
        long bytes = settings.path().toFile().length();
        return "file "
                + settings.path()
                + (bytes > 0 ? ", " + Sizes.format(bytes) : "")
                + (settings.direct() ? ", direct" : "")
                + (settings.readOnly() ? ", read-only" : "");
    }

    @Override
    public BlockBackend open() throws IOException {
        return new FileBackend(settings, DiskFile.open(settings));
    }

    private static Path path(String id, String text) {
        try {
            return Path.of(text).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException(
                    "file disk '%s': '%s' is not a path".formatted(id, text), e);
        }
    }

    private static long size(String id, Config config) {
        String text = text(config.size());
        if (text.isEmpty()) {
            if (config.create()) {
                throw new IllegalArgumentException(
                        "file disk '%s': create=true needs size=<bytes>".formatted(id));
            }
            return 0;
        }
        long bytes = Sizes.parse(text);
        if (bytes < BlockGeometry.SECTOR || bytes % BlockGeometry.SECTOR != 0) {
            throw new IllegalArgumentException(
                    "file disk '%s': size %s is not a positive multiple of 512 bytes"
                            .formatted(id, text));
        }
        return bytes;
    }

    private static String text(String value) {
        return value == null ? "" : value.trim();
    }
}
