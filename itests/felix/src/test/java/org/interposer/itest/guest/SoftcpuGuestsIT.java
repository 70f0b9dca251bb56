package org.interposer.itest.guest;

import java.nio.file.Path;
import org.interposer.itest.FromContainer;
import org.interposer.itest.InFelix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.BundleContext;

/**
 * The bare-metal guests on the software CPU: the same results as on /dev/kvm, without its quirks.
 */
@InFelix
class SoftcpuGuestsIT {
    @FromContainer private BundleContext context;
    @TempDir Path folder;

    @Test
    void exitsReachTheBusFromEveryPrivilegeLevel() throws Exception {
        run("exits", "n=2000", "", 60);
    }

    @Test
    void interruptControllersDoWhatTheGuestExpects() throws Exception {
        run("irq", "cpus=2 tolerance=90", "--cpus 2", 120);
    }

    /** Exceptions, segments, paging, calls between levels, debug registers, code that changes. */
    @Test
    void theProcessorDoesWhatTheManualSays() throws Exception {
        run("cpu", "", "--disk file:" + disk("cpu.img"), 120);
    }

    @Test
    void verifiedLoadFindsEverySector() throws Exception {
        run("blkload", "seconds=5 region=4m", "--no-rng --disk file:" + disk("load.img"), 120);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aHostileGuestHarmsNeitherTheContainerNorAnotherMachine(long seed) throws Exception {
        try (Shell shell = new Shell(context);
                BareGuest neighbour =
                        BareGuest.onSoftcpu(
                                context,
                                shell,
                                "neighbour",
                                "blkload",
                                "seconds=5 region=4m",
                                "--no-rng --disk file:" + disk("neighbour.img"));
                BareGuest hostile =
                        BareGuest.onSoftcpu(
                                context,
                                shell,
                                "hostile",
                                "hostile",
                                "seed=" + seed + " rounds=40",
                                "--disk file:" + disk("hostile.img"))) {
            hostile.awaitOk(120);
            neighbour.awaitOk(120);
        }
    }

    private void run(String image, String parameters, String options, int seconds)
            throws Exception {
        try (Shell shell = new Shell(context);
                BareGuest guest =
                        BareGuest.onSoftcpu(context, shell, image, image, parameters, options)) {
            guest.awaitOk(seconds);
        }
    }

    private Path disk(String name) throws Exception {
        return BareGuest.disk(folder, name, 64);
    }
}
