package org.interposer.itest.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.interposer.api.block.BlockPortControl;
import org.interposer.api.block.PortStatus;
import org.interposer.itest.Felix;
import org.interposer.itest.FromContainer;
import org.interposer.itest.InFelix;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

/** The last step of docs/tutorial-interposer.md, with the jar that the build made of its code. */
@InFelix
class TutorialIT {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String GUARD = "org.interposer.tutorial.block.guard";

    /** Behind what the guest uses: the guard must see its requests and refuse none. */
    private static final String SECTORS = "firstSector=30000 sectors=34";

    @FromContainer private BundleContext context;
    @TempDir Path folder;

    private Path dropped() {
        return Path.of(context.getProperty("felix.fileinstall.dir")).resolve("guard.jar");
    }

    @AfterEach
    void theDropFolderIsAsItWas() throws Exception {
        Files.deleteIfExists(dropped());
        Felix.await(LIMIT, "the guard is gone", () -> guards().isEmpty());
    }

    @Test
    void aJarThatIsDroppedGoesIntoTheChainOfARunningGuestAndOutAgain() throws Exception {
        try (Shell shell = new Shell(context);
                BareGuest guest = blkload(shell)) {
            Felix.await(LIMIT, "load", () -> guest.last("done") > 0);
            drop();
            Felix.await(LIMIT, "the guard is deployed", () -> active());
            shell.run("interposer:types guard");
            assertTrue(shell.output().contains("firstSector"));
            shell.run("interposer:create guard g1 " + SECTORS);
            shell.run("chain:insert load/disk0 g1");
            BlockPortControl port = guest.port();
            assertEquals(List.of("g1", "disk"), chain(port));
            assertEquals(Map.of("refused", "0 requests"), stage(port).metrics());
            goesOn(guest);

            Bundle first = guards().get(0);
            long deployed = first.getLastModified();
            drop();
            Felix.await(LIMIT, "the guard is updated", () -> first.getLastModified() > deployed);
            Felix.await(LIMIT, "it is back", () -> port.status().hold().isEmpty());
            assertTrue(stage(port).present());
            goesOn(guest);

            shell.run("chain:remove load/disk0 g1");
            assertEquals(List.of("disk"), chain(port));
            shell.run("interposer:delete g1");
            guest.awaitOk(120);
            assertEquals(0, guest.last("errors"));
            assertEquals(0, guest.last("mismatches"));
            assertEquals(0, guest.last("lost"));
        }
    }

    /**
     * As the tutorial does: beside it under another name, then moved, so it is never half there.
     */
    private void drop() throws Exception {
        Path part = dropped().resolveSibling(".guard.tmp");
        Files.copy(built(), part, StandardCopyOption.REPLACE_EXISTING);
        Files.move(part, dropped(), StandardCopyOption.ATOMIC_MOVE);
    }

    private static Path built() throws Exception {
        Path target = Felix.home().resolve("../../../itests/tutorial/block-guard/target");
        try (Stream<Path> files = Files.list(target.normalize())) {
            return files.filter(
                            f ->
                                    f.getFileName()
                                            .toString()
                                            .matches(GUARD + "-[^-]*(-SNAPSHOT)?\\.jar"))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no jar of the tutorial in " + target));
        }
    }

    private List<Bundle> guards() {
        return Stream.of(context.getBundles())
                .filter(bundle -> GUARD.equals(bundle.getSymbolicName()))
                .toList();
    }

    private boolean active() {
        return guards().stream().anyMatch(bundle -> bundle.getState() == Bundle.ACTIVE);
    }

    private static void goesOn(BareGuest guest) throws Exception {
        long before = guest.last("done");
        Felix.await(LIMIT, "the guest goes on", () -> guest.last("done") > before);
    }

    private static List<String> chain(BlockPortControl port) {
        return port.status().stages().stream().map(PortStatus.Stage::id).toList();
    }

    private static PortStatus.Stage stage(BlockPortControl port) {
        return port.status().stages().get(0);
    }

    private BareGuest blkload(Shell shell) throws Exception {
        Path disk = BareGuest.disk(folder, "tutorial.img", 16);
        return BareGuest.onKvm(
                context,
                shell,
                "load",
                "blkload",
                "seconds=20 depth=32 region=8m hb_ms=200",
                "--no-rng --disk file:" + disk + ",id=disk");
    }
}
