package org.interposer.itest.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.interposer.api.block.BlockPortControl;
import org.interposer.api.block.SwapException;
import org.interposer.api.machine.MachineState;
import org.interposer.itest.Felix;
import org.interposer.itest.FromContainer;
import org.interposer.itest.InFelix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

/** A guest under load waits for its back-end, and notices nothing else. */
@InFelix
class BlkloadHoldIT {
    private static final Duration HELD = Duration.ofSeconds(10);

    @FromContainer private BundleContext context;
    @TempDir Path folder;

    @Test
    void requestsWaitAndProcessorsRunWhileTheOnlyBackendBundleIsStopped() throws Exception {
        Path disk = disk("disk.img", 64);
        try (Shell shell = new Shell(context);
                BareGuest guest = blkload(shell, "seconds=20 region=8m hb_ms=200", disk)) {
            Felix.await(Duration.ofSeconds(30), "load", () -> guest.last("done") > 0);
            Bundle backend = Felix.bundle(context, "org.interposer.backend.block.file");
            backend.stop();
            Thread.sleep(1000);
            long done = guest.last("done");
            long beats = guest.last("hb");
            Thread.sleep(HELD.toMillis());
            assertEquals(done, guest.last("done"), "requests completed without a back-end");
            assertTrue(guest.last("hb") > beats, "the vCPU stood still: hb=" + beats);
            assertTrue(guest.port().status().hold().isPresent());
            backend.start();
            Felix.await(Duration.ofSeconds(20), "load", () -> guest.last("done") > done);
            guest.awaitOk(90);
            assertEquals(0, guest.last("errors"));
            assertEquals(0, guest.last("lost"));
        }
    }

    @Test
    void anOperatorsHoldOutlivesTheUpdateOfTheFrontEnd() throws Exception {
        try (Shell shell = new Shell(context);
                BareGuest guest =
                        blkload(shell, "seconds=8 region=8m hb_ms=200", disk("disk.img", 64))) {
            Felix.await(Duration.ofSeconds(30), "load", () -> guest.last("done") > 0);
            shell.run("chain:hold load/disk0");
            Felix.update(Felix.bundle(context, "org.interposer.frontend.virtio.blk"));
            Felix.await(Duration.ofSeconds(20), "the machine runs again", () -> runs(guest));
            assertEquals("held by the operator", guest.port().status().hold().orElse("not held"));
            awaitBeats(guest, 2);
            long done = guest.last("done");
            awaitBeats(guest, 3);
            assertEquals(done, guest.last("done"), "requests completed during the hold");
            shell.run("chain:release load/disk0");
            guest.awaitOk(60);
            assertEquals(0, guest.last("errors"));
            assertEquals(0, guest.last("lost"));
        }
    }

    /** The guest tells what it has done with each beat. */
    private static void awaitBeats(BareGuest guest, int more) throws Exception {
        long beats = guest.last("hb");
        Felix.await(Duration.ofSeconds(20), "heartbeats", () -> guest.last("hb") >= beats + more);
    }

    private static boolean runs(BareGuest guest) throws Exception {
        return guest.machine().state() == MachineState.RUNNING;
    }

    @Test
    void aSuccessorThatFailsToOpenLeavesTheOldOneInServiceAndNamesTheReason() throws Exception {
        Path disk = disk("disk.img", 64);
        Path small = disk("small.img", 32);
        Path missing = folder.resolve("nowhere/gone.img");
        try (Shell shell = new Shell(context);
                BareGuest guest = blkload(shell, "seconds=8 region=8m hb_ms=200", disk)) {
            Felix.await(Duration.ofSeconds(30), "load", () -> guest.last("done") > 0);
            BlockPortControl port = guest.port();
            List<String> chain = chain(port);
            shell.run("backend:create file small path=%s", small);
            shell.run("backend:create memory tiny size=1M");
            assertRefused(port, "small", "too small");
            assertRefused(port, "tiny", "too small");
            assertRefused(port, "nobody", "nobody");
            shell.run("backend:create file gone path=%s", missing);
            assertRefused(port, "gone", missing.toString());
            assertEquals(chain, chain(port));
            guest.awaitOk(60);
            assertEquals(0, guest.last("errors"));
            shell.run("backend:delete small");
            shell.run("backend:delete tiny");
            shell.run("backend:delete gone");
        }
    }

    private static void assertRefused(BlockPortControl port, String successor, String reason) {
        SwapException refusal =
                assertThrows(SwapException.class, () -> port.swap(List.of(successor)));
        assertTrue(refusal.getMessage().contains(reason), refusal.getMessage());
        assertTrue(refusal.getMessage().contains(successor), refusal.getMessage());
    }

    private static List<String> chain(BlockPortControl port) {
        return port.status().stages().stream().map(stage -> stage.id()).toList();
    }

    private BareGuest blkload(Shell shell, String parameters, Path disk) throws Exception {
        return BareGuest.onKvm(
                context, shell, "load", "blkload", parameters, "--no-rng --disk file:" + disk);
    }

    private Path disk(String name, int mebibytes) throws Exception {
        return BareGuest.disk(folder, name, mebibytes);
    }
}
