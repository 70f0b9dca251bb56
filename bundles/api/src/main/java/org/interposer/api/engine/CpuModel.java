package org.interposer.api.engine;

import java.util.Set;

/**
 * Which CPU a machine shows its guest.
 *
 * @param base {@code host} for all that the engine supports, or {@code v2} for the portable
 *     x86-64-v2 table that every engine has
 * @param remove features to hide, by their Linux names: {@code avx512f}
 * @param add features to show where the engine supports them
 */
public record CpuModel(String base, Set<String> remove, Set<String> add) {
    /** Everything the engine supports. */
    public static final CpuModel HOST = new CpuModel("host", Set.of(), Set.of());

    /** Copies the sets. */
    public CpuModel {
        remove = Set.copyOf(remove);
        add = Set.copyOf(add);
    }
}
