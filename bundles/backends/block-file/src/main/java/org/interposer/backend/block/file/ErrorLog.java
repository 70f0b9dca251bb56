package org.interposer.backend.block.file;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.interposer.api.block.BlockRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One line for a failed request, at most one a second and disk. Thread-safe. */
final class ErrorLog {
    private static final Logger LOG = LoggerFactory.getLogger(FileBackend.class);
    private static final long PAUSE_NANOS = Duration.ofSeconds(1).toNanos();

    private final AtomicLong next = new AtomicLong(System.nanoTime());
    private final AtomicLong errors = new AtomicLong();
    private final AtomicLong quiet = new AtomicLong();
    private final FileSettings settings;

    ErrorLog(FileSettings settings) {
        this.settings = settings;
    }

    /** Errors so far. */
    long count() {
        return errors.get();
    }

    void failed(BlockRequest request, String reason) {
        errors.incrementAndGet();
        long due = next.get();
        long now = System.nanoTime();
        if (now - due < 0 || !next.compareAndSet(due, now + PAUSE_NANOS)) {
            quiet.incrementAndGet();
            return;
        }
        long unseen = quiet.getAndSet(0);
        LOG.error(
                "{} '{}': {} of {} sectors at {} failed: {}{}",
                settings.path(),
                settings.id(),
                request.operation(),
                request.sectors(),
                request.sector(),
                reason,
                unseen == 0 ? "" : " (and " + unseen + " more errors since the last message)");
    }
}
