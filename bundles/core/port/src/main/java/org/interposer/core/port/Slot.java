package org.interposer.core.port;

import java.io.IOException;
import java.util.Optional;
import org.interposer.api.block.BlockBackend;
import org.interposer.api.block.BlockGeometry;
import org.interposer.api.block.BlockStatus;
import org.interposer.api.block.PortStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A place in a chain: an id and, while its provider is there, the open stage. Changed under the
 * port's lock; read by anybody. An empty slot refers to nothing of the stage that was there.
 */
final class Slot {
    private static final Logger LOG = LoggerFactory.getLogger(Slot.class);

    private final String id;
    private final boolean interposer;
    private final Link link;
    private volatile Open open;
    private volatile String description;
    private BlockGeometry geometry;

    /** A stage and the provider it came from. */
    private record Open(StageProvider provider, BlockBackend stage) {}

    private Slot(String id, boolean interposer, Link link) {
        this.id = id;
        this.interposer = interposer;
        this.link = link;
    }

    /**
     * Opens a stage.
     *
     * @param lower what it sits on; ignored by a back-end
     * @throws IOException with a message that names the stage and the reason
     */
    static Slot open(StageProvider provider, BlockBackend lower) throws IOException {
        Slot slot = new Slot(provider.id(), provider.interposer(), new Link(lower));
        slot.reopen(provider);
        return slot;
    }

    /** Opens the stage again over the same link. */
    void reopen(StageProvider provider) throws IOException {
        try {
            if (provider.interposer() != interposer) {
                throw new IOException(
                        "it is " + (interposer ? "no interposer" : "no back-end") + " any more");
            }
            BlockBackend stage = provider.open(link);
            geometry = stage.geometry();
            description = provider.describe();
            open = new Open(provider, stage);
        } catch (IOException | RuntimeException | LinkageError e) {
            String reason = e.getMessage() == null ? e.toString() : e.getMessage();
            throw new IOException("stage '" + id + "' did not open: " + reason, e);
        }
    }

    String id() {
        return id;
    }

    boolean interposer() {
        return interposer;
    }

    Link link() {
        return link;
    }

    /** Of the stage, or of the one that was here. */
    BlockGeometry geometry() {
        return geometry;
    }

    boolean present() {
        return open != null;
    }

    boolean isFrom(StageProvider provider) {
        Open now = open;
        return now != null && now.provider == provider;
    }

    /** The stage, or what ends every request as lost. */
    BlockBackend stage() {
        Open now = open;
        return now != null ? now.stage : new Link.Dead(geometry, BlockStatus.LOST);
    }

    /** Closes the stage and forgets it. */
    void close() {
        Open now = open;
        if (now == null) {
            return;
        }
        open = null;
        call("close", now.stage::close);
        link.target(new Link.Dead(geometry, BlockStatus.LOST));
    }

    /** Closes a stage that turned out to be no successor of the one that was here. */
    void close(BlockGeometry known) {
        geometry = known;
        close();
    }

    void pause() {
        call("pause", stage()::pause);
    }

    void resume() {
        call("resume", stage()::resume);
    }

    void lowerChanged() {
        call("lowerChanged", stage()::lowerChanged);
        call("geometry", () -> geometry = stage().geometry());
    }

    PortStatus.Stage status() {
        Optional<Open> now = Optional.ofNullable(open);
        return new PortStatus.Stage(
                id,
                description,
                now.isPresent(),
                now.map(o -> o.stage.metrics()).orElse(java.util.Map.of()));
    }

    /** A stage is somebody else's code: what it throws must not stop a change half-way. */
    private void call(String what, Runnable action) {
        try {
            action.run();
        } catch (RuntimeException | LinkageError e) {
            LOG.error("stage '{}' failed in {}", id, what, e);
        }
    }
}
