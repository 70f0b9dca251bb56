package org.interposer.frontend.virtio;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the log what a guest did wrong, but not more than once in ten seconds: a guest can break
 * its rings as often as it likes. Guarded by the device's lock.
 */
final class Complaints {
    private static final Logger LOG = LoggerFactory.getLogger(VirtioPciDevice.class);
    private static final long PAUSE = TimeUnit.SECONDS.toNanos(10);

    private final String machine;
    private final String device;
    private boolean told;
    private long last;
    private long untold;

    Complaints(String machine, String device) {
        this.machine = machine;
        this.device = device;
    }

    void add(String where, QueueError error) {
        long now = System.nanoTime();
        if (told && now - last < PAUSE) {
            untold++;
            return;
        }
        String more = untold == 0 ? "" : " (and " + untold + " errors before)";
        LOG.warn(
                "{}/{}: {}: {}; the device waits for the guest to reset it{}",
                machine,
                device,
                where,
                error.getMessage(),
                more);
        told = true;
        last = now;
        untold = 0;
    }
}
