package org.interposer.api.boot;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What to boot.
 *
 * @param kernel bzImage, ELF with PVH note, or multiboot 1 image; told apart by their magic numbers
 * @param initrd initial RAM disk
 * @param commandLine kernel command line, may be empty
 * @param modules multiboot or PVH modules, in order
 */
public record BootSource(
        Path kernel, Optional<Path> initrd, String commandLine, List<Module> modules) {
    /**
     * A module.
     *
     * @param file its content
     * @param arguments its command line
     */
    public record Module(Path file, String arguments) {}

    /** Copies the list. */
    public BootSource {
        modules = List.copyOf(modules);
    }
}
