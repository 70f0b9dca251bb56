package org.interposer.itest.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.interposer.api.block.BlockPortControl;
import org.interposer.itest.Felix;
import org.interposer.itest.FromContainer;
import org.interposer.itest.InFelix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.wiring.BundleWiring;

/** Everything that can happen to a chain, at random, under a guest that checks every sector. */
@InFelix
class BlkloadSwapIT {
    private static final int EVENTS = 200;
    private static final long SEED = Long.getLong("interposer.seed", 20_261_123);
    private static final String FILE = "org.interposer.backend.block.file";
    private static final String METER = "org.interposer.interposer.block.meter";
    private static final String NULL = "org.interposer.interposer.block.nullstage";

    @FromContainer private BundleContext context;
    @TempDir Path folder;

    private final Random random = new Random(SEED);
    private final List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
    private final List<String> story = new ArrayList<>();

    @Test
    void twoHundredChangesLoseCorruptAndFailNothing() throws Exception {
        Path disk = disk("a.img");
        disk("b.img");
        try (Shell shell = new Shell(context);
                BareGuest guest = blkload(shell, disk)) {
            shell.run("backend:create file other path=%s", folder.resolve("b.img"));
            shell.run("interposer:create meter m");
            shell.run("interposer:create nullstage n");
            Felix.await(Duration.ofSeconds(30), "load", () -> guest.last("done") > 0);
            BlockPortControl port = guest.port();
            for (int i = 0; i < EVENTS; i++) {
                change(shell, port);
                Thread.sleep(random.nextInt(30));
            }
            System.out.printf("seed %d: %s%n", SEED, story);
            shell.run("chain:show load/disk0");
            shell.run("chain:history load/disk0");
            System.out.println(shell.output());
            guest.awaitOk(300);
            assertEquals(0, guest.last("errors"));
            assertEquals(0, guest.last("mismatches"));
            assertEquals(0, guest.last("lost"));
        }
        Felix.await(Duration.ofSeconds(30), "old class loaders are collected", this::collected);
    }

    private void change(Shell shell, BlockPortControl port) throws Exception {
        switch (random.nextInt(6)) {
            case 0 -> toggle(port, "m");
            case 1 -> toggle(port, "n");
            case 2 -> moveDisk(shell, port);
            case 3 -> stopAndStart(Felix.bundle(context, random.nextBoolean() ? FILE : NULL));
            case 4 -> update(Felix.bundle(context, random.nextBoolean() ? FILE : METER));
            default -> setChain(port);
        }
    }

    private void toggle(BlockPortControl port, String stage) throws Exception {
        if (chain(port).contains(stage)) {
            story.add("-" + stage);
            port.remove(stage);
        } else {
            story.add("+" + stage);
            port.insert(stage, random.nextInt(chain(port).size()));
        }
    }

    /** To the other file, with the content it needs: what the demo does by hand. */
    private void moveDisk(Shell shell, BlockPortControl port) throws Exception {
        boolean first = chain(port).contains("disk");
        story.add(first ? "a>b" : "b>a");
        port.hold();
        shell.run(
                "file:copy --force %s %s",
                folder.resolve(first ? "a.img" : "b.img"),
                folder.resolve(first ? "b.img" : "a.img"));
        port.replace(first ? "disk" : "other", first ? "other" : "disk");
        port.release();
    }

    private void setChain(BlockPortControl port) throws Exception {
        String backend = chain(port).contains("disk") ? "disk" : "other";
        List<String> next =
                List.of(List.of(backend), List.of("m", "n", backend), List.of("n", "m", backend))
                        .get(random.nextInt(3));
        story.add("=" + next);
        port.swap(next);
    }

    private void stopAndStart(Bundle bundle) throws Exception {
        story.add("stop " + shortName(bundle));
        bundle.stop();
        Thread.sleep(random.nextInt(20));
        bundle.start();
        awaitRelease();
    }

    private void update(Bundle bundle) throws Exception {
        story.add("update " + shortName(bundle));
        loaders.add(new WeakReference<>(bundle.adapt(BundleWiring.class).getClassLoader()));
        Felix.update(bundle);
        awaitRelease();
    }

    /**
     * A stage is back some milliseconds after its bundle: its configurations come on a thread of
     * their own.
     */
    private void awaitRelease() throws Exception {
        BlockPortControl port =
                context.getService(context.getServiceReference(BlockPortControl.class));
        Felix.await(Duration.ofSeconds(20), "release", () -> port.status().hold().isEmpty());
    }

    private static String shortName(Bundle bundle) {
        String name = bundle.getSymbolicName();
        return name.substring(name.lastIndexOf('.') + 1);
    }

    private boolean collected() {
        System.gc();
        return loaders.stream().allMatch(loader -> loader.get() == null);
    }

    private static List<String> chain(BlockPortControl port) {
        return port.status().stages().stream().map(stage -> stage.id()).toList();
    }

    private BareGuest blkload(Shell shell, Path disk) throws Exception {
        return BareGuest.onKvm(
                context,
                shell,
                "load",
                "blkload",
                "seconds=60 depth=32 region=8m flush=64 hb_ms=500",
                "--no-rng --disk file:" + disk + ",id=disk");
    }

    private Path disk(String name) throws Exception {
        return BareGuest.disk(folder, name, 16);
    }
}
