package org.interposer.core.port;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.interposer.api.block.BlockGeometry;
import org.interposer.api.block.BlockRequest;
import org.interposer.api.block.BlockStatus;

/** Opens, joins and compares chains; a chain is its slots from the front-end down. */
final class Chains {
    /** Two completions are the front-end's and the port's. */
    static final int MOST_STAGES = BlockRequest.MAX_COMPLETIONS - 2;

    private Chains() {}

    static List<String> ids(List<Slot> chain) {
        return chain.stream().map(Slot::id).toList();
    }

    static boolean complete(List<Slot> chain) {
        for (Slot slot : chain) {
            if (!slot.present()) {
                return false;
            }
        }
        return true;
    }

    /**
     * Opens what is not in {@code kept}, from the back-end up. Links of kept stages are left alone.
     *
     * @throws IOException when a stage is missing, in the wrong place or does not open; nothing is
     *     left open then
     */
    static List<Slot> build(List<String> ids, Map<String, Slot> kept, StageSource source)
            throws IOException {
        check(ids);
        List<Slot> slots = new ArrayList<>();
        boolean done = false;
        try {
            for (int i = ids.size() - 1; i >= 0; i--) {
                boolean interposer = i < ids.size() - 1;
                Slot slot = kept.get(ids.get(i));
                if (slot == null || !slot.present() || slot.interposer() != interposer) {
                    slot = open(ids.get(i), interposer, slots, source);
                }
                slots.add(0, slot);
            }
            done = true;
            return slots;
        } finally {
            if (!done) {
                slots.stream().filter(s -> !kept.containsValue(s)).forEach(Slot::close);
            }
        }
    }

    private static Slot open(String id, boolean interposer, List<Slot> below, StageSource source)
            throws IOException {
        StageProvider provider = source.find(id).orElseThrow(() -> missing(id, source));
        if (provider.interposer() && !interposer) {
            throw new IOException(
                    "'"
                            + id
                            + "' is an interposer; a chain ends with a back-end: add one after it");
        }
        if (!provider.interposer() && interposer) {
            throw new IOException(
                    "'" + id + "' is a back-end; only the last stage of a chain can be one");
        }
        BlockGeometry nothing = new BlockGeometry(0, 512, 512, 0, true, false, false);
        return Slot.open(
                provider,
                interposer ? below.get(0).stage() : new Link.Dead(nothing, BlockStatus.LOST));
    }

    static IOException missing(String id, StageSource source) {
        return new IOException(
                "there is no stage '%s'; configure it or start its bundle (present: %s)"
                        .formatted(id, String.join(", ", source.ids())));
    }

    private static void check(List<String> ids) throws IOException {
        if (ids.isEmpty()) {
            throw new IOException("the chain is empty; it needs at least a back-end");
        }
        if (ids.size() > MOST_STAGES) {
            throw new IOException(
                    "the chain has %d stages; %d is the most".formatted(ids.size(), MOST_STAGES));
        }
        HashSet<String> seen = new HashSet<>();
        for (String id : ids) {
            if (!seen.add(id)) {
                throw new IOException("the chain names '" + id + "' twice; configure a second one");
            }
        }
    }

    /** Points every interposer at the stage below it. */
    static void join(List<Slot> chain) {
        for (int i = 0; i < chain.size() - 1; i++) {
            chain.get(i).link().target(chain.get(i + 1).stage());
        }
    }

    /** Why a guest that knows {@code old} cannot live with {@code fresh}. */
    static Optional<String> unfit(BlockGeometry old, BlockGeometry fresh, String who) {
        if (fresh.sectors() < old.sectors()) {
            return Optional.of(
                    "%s is too small: %d bytes, the guest's disk has %d"
                            .formatted(who, fresh.bytes(), old.bytes()));
        }
        if (fresh.readOnly() && !old.readOnly()) {
            return Optional.of(who + " is read-only, the guest's disk is not");
        }
        if (fresh.logicalBlock() > old.logicalBlock()) {
            return Optional.of(
                    "%s has blocks of %d bytes, the guest's disk has %d"
                            .formatted(who, fresh.logicalBlock(), old.logicalBlock()));
        }
        return Optional.empty();
    }
}
