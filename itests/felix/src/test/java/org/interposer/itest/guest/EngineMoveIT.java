package org.interposer.itest.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import org.interposer.itest.Felix;
import org.interposer.itest.FromContainer;
import org.interposer.itest.InFelix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleContext;

/** A guest that checks every sector goes from engine to engine while it writes. */
@InFelix
class EngineMoveIT {
    private static final int ROUND_TRIPS = 10;

    @FromContainer private BundleContext context;
    @TempDir Path folder;

    @Test
    void tenRoundTripsFromKvmToSoftcpuLoseNothing() throws Exception {
        Path disk = BareGuest.disk(folder, "disk.img", 16);
        try (Shell shell = new Shell(context);
                BareGuest guest =
                        BareGuest.onKvm(
                                context,
                                shell,
                                "move",
                                "blkload",
                                "seconds=40 depth=32 region=8m flush=64 hb_ms=200",
                                "--irqchip user --cpu-model v2 --no-rng --disk file:" + disk)) {
            for (int i = 0; i < ROUND_TRIPS; i++) {
                awaitProgress(guest);
                shell.run("vm:engine move softcpu");
                awaitProgress(guest);
                // Where KVM interprets kernel code it takes this guest, but would refuse others.
                shell.run("vm:engine move kvm --force");
            }
            awaitProgress(guest);
            assertEquals(2L * ROUND_TRIPS, guest.machine().info().counters().get("engine.moves"));
            System.out.println(shell.output());
            guest.awaitOk(200);
            assertEquals(0, guest.last("errors"));
            assertEquals(0, guest.last("mismatches"));
            assertEquals(0, guest.last("lost"));
            assertTrue(guest.last("done") > 0, guest.output());
        }
    }

    /** The guest itself says that it has done more. */
    private static void awaitProgress(BareGuest guest) throws Exception {
        long before = guest.last("done");
        Felix.await(Duration.ofSeconds(60), "progress", () -> guest.last("done") > before);
    }
}
