package org.interposer.core.boot;

import java.util.ArrayList;
import java.util.List;
import org.interposer.api.boot.BootException;
import org.interposer.api.boot.BootSource;

/** The initial RAM disk and the modules of a PVH or multiboot kernel, placed in guest memory. */
final class BootFiles {
    private static final int PAGE = 4096;

    /** A file in guest memory. */
    record Loaded(long address, long size, long arguments) {}

    private BootFiles() {}

    /** Loads the initrd, as the first one, and the modules, all below 4 GiB. */
    static List<Loaded> load(BootSource source, Placement placement) throws BootException {
        List<BootSource.Module> files = new ArrayList<>();
        source.initrd().ifPresent(path -> files.add(new BootSource.Module(path, "")));
        files.addAll(source.modules());
        List<Loaded> loaded = new ArrayList<>();
        for (BootSource.Module file : files) {
            try (ImageFile image = ImageFile.open("module", file.file())) {
                long address = place(image, "module", placement, 1L << 32);
                long arguments = placement.put("a module's arguments", file.arguments());
                loaded.add(new Loaded(address, image.size(), arguments));
            }
        }
        return loaded;
    }

    /** Places one file page aligned, as high as possible below a limit. */
    static long place(ImageFile image, String what, Placement placement, long limit)
            throws BootException {
        long room = Math.max(1, image.size());
        long address =
                placement
                        .high(what, Placement.align(room, PAGE), PAGE, limit)
                        .orElseThrow(
                                () ->
                                        image.error(
                                                "("
                                                        + image.size()
                                                        + " bytes) does not fit beside the kernel"
                                                        + " in RAM below "
                                                        + ImageFile.hex(limit)
                                                        + ": give the machine more memory"));
        image.copyTo(0, image.size(), placement.memory(), address, what);
        return address;
    }
}
