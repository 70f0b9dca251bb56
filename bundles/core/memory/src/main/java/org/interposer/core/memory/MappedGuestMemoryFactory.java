package org.interposer.core.memory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.memory.GuestMemoryFactory;
import org.osgi.service.component.annotations.Component;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes guest memory over a memfd, or over an unlinked file where the host has no memfd. */
@Component
public final class MappedGuestMemoryFactory implements GuestMemoryFactory {
    private static final Logger LOG = LoggerFactory.getLogger(MappedGuestMemoryFactory.class);
    private static final long MIB = 1L << 20;

    private final FileMaker maker;

    /** Chooses the file by what the host has. */
    public MappedGuestMemoryFactory() {
        this(MappedGuestMemoryFactory::memfdOrFile);
    }

    /** With the files given, for tests. */
    MappedGuestMemoryFactory(FileMaker maker) {
        this.maker = maker;
    }

    /** Makes the file behind the RAM. */
    @FunctionalInterface
    interface FileMaker {
        /** A sparse file of that size. */
        RamFile make(String name, long bytes) throws IOException;
    }

    @Override
    public GuestMemory create(String name, long bytes) throws IOException {
        if (bytes <= 0 || bytes % MIB != 0) {
            throw new IllegalArgumentException(
                    "memory of '%s' is %d bytes: give a positive multiple of 1 MiB"
                            .formatted(name, bytes));
        }
        try {
            RamFile file = maker.make("interposer-" + name, bytes);
            try {
                return new MappedGuestMemory(file, map(file, bytes));
            } catch (IOException | RuntimeException e) {
                file.close();
                throw e;
            }
        } catch (IOException e) {
            throw new IOException(
                    "the host cannot give machine '%s' %d MiB of memory: %s"
                            .formatted(name, bytes / MIB, e.getMessage()),
                    e);
        }
    }

    private static List<RamRegion> map(RamFile file, long bytes) throws IOException {
        long low = Math.min(bytes, HOLE_START);
        List<RamRegion> regions = new ArrayList<>(2);
        regions.add(new RamRegion("ram-low", 0, low, file, 0));
        if (bytes > low) {
            regions.add(new RamRegion("ram-high", HIGH_RAM_START, bytes - low, file, low));
        }
        return regions;
    }

    private static RamFile memfdOrFile(String name, long bytes) throws IOException {
        try {
            return new MemfdFile(name, bytes);
        } catch (LinkageError e) {
            LOG.warn(
                    "no memfd on this host ({}): guest memory is a temporary file, pages are not"
                            + " given back one by one",
                    e.getMessage());
            return new UnlinkedFile(bytes);
        }
    }
}
