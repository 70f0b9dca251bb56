package org.interposer.tool.bench;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * What a benchmark run was asked for.
 *
 * @param guests folder with the images of the bare-metal guests
 * @param disk file to use as the disk; its content is lost
 * @param runs counted runs of each figure, at least 5 for the table to mean something
 * @param seconds length of one disk run
 * @param parts what to measure: exits, disk, pauses, mips, boot
 * @param linux the kernel to boot, where that is measured
 * @param json file for the JSON report
 */
record Settings(
        Path guests,
        Path disk,
        int runs,
        long seconds,
        Set<String> parts,
        Optional<Linux> linux,
        Optional<Path> json) {
    /** A Linux kernel and its initial RAM disk. */
    record Linux(Path kernel, Path initrd) {}

    Settings {
        parts = Set.copyOf(parts);
    }

    Path guest(String name) {
        return guests.resolve(name + ".elf");
    }
}
