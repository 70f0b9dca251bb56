package org.interposer.itest.guest;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import org.interposer.api.machine.MachineState;
import org.interposer.itest.Felix;
import org.interposer.itest.FromContainer;
import org.interposer.itest.InFelix;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.BundleContext;

/** The bare-metal guests on /dev/kvm. */
@InFelix
class GuestsIT {
    @FromContainer private BundleContext context;
    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"0", "3"})
    void exitsReachTheBusFromEveryPrivilegeLevel(String level) throws Exception {
        try (Shell shell = new Shell(context);
                BareGuest guest =
                        BareGuest.onKvm(
                                context, shell, "exits", "exits", "n=2000 cpl=" + level, "")) {
            guest.awaitOk(60);
            long made = guest.last("pio_accesses") + guest.last("mmio_accesses");
            long seen =
                    guest.machine().info().counters().entrySet().stream()
                            .filter(e -> e.getKey().matches("exits\\.(pio|mmio)-.*"))
                            .mapToLong(e -> e.getValue())
                            .sum();
            Assertions.assertTrue(seen >= made, "guest made " + made + ", engine saw " + seen);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"kernel", "split", "user"})
    void interruptControllersDoWhatTheGuestExpects(String irqchip) throws Exception {
        // In user mode all of it is ours; elsewhere the sandbox's KVM has quirks of its own.
        String quirks = irqchip.equals("user") ? "" : " quirks=pic_poll,eoi_at_injection";
        try (Shell shell = new Shell(context);
                BareGuest guest =
                        BareGuest.onKvm(
                                context,
                                shell,
                                "irq",
                                "irq",
                                "cpus=2 tolerance=90" + quirks,
                                "--cpus 2 --irqchip " + irqchip)) {
            guest.awaitOk(120);
        }
    }

    /** Needs a KVM that executes kernel code; on another, {@code itests/lab/cpu} is its place. */
    @Test
    void theProcessorDoesWhatTheManualSays() throws Exception {
        try (Shell shell = new Shell(context)) {
            Felix.assumeKvm();
            assumeTrue(
                    runsKernels(shell),
                    "this host's KVM does not execute kernel code; itests/lab/cpu does it in the"
                            + " lab");
            try (BareGuest guest = BareGuest.onKvm(context, shell, "cpu", "cpu", "", "")) {
                guest.awaitOk(120);
            }
        }
    }

    private static boolean runsKernels(Shell shell) {
        try {
            shell.run("engine:info kvm --verdict");
            return true;
        } catch (Exception e) {
            return false;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aHostileGuestHarmsNeitherTheContainerNorAnotherMachine(long seed) throws Exception {
        try (Shell shell = new Shell(context);
                BareGuest neighbour =
                        BareGuest.onKvm(
                                context,
                                shell,
                                "neighbour",
                                "blkload",
                                "seconds=10 region=4m",
                                "--no-rng --disk file:" + disk("neighbour.img"));
                BareGuest hostile =
                        BareGuest.onKvm(
                                context,
                                shell,
                                "hostile",
                                "hostile",
                                "seed=" + seed + " rounds=40",
                                "--disk file:" + disk("hostile.img"))) {
            hostile.awaitOk(120);
            neighbour.awaitOk(60);
        }
    }

    @Test
    void aPausedMachineStandsStillAndGoesOn() throws Exception {
        try (Shell shell = new Shell(context);
                BareGuest guest =
                        BareGuest.onKvm(
                                context,
                                shell,
                                "pause",
                                "blkload",
                                "seconds=6 region=4m hb_ms=200",
                                "--no-rng --disk file:" + disk("pause.img"))) {
            Felix.await(java.time.Duration.ofSeconds(30), "load", () -> guest.last("done") > 0);
            shell.run("vm:pause pause");
            long beats = guest.last("hb");
            Thread.sleep(1000);
            Assertions.assertEquals(beats, guest.last("hb"));
            Assertions.assertEquals(MachineState.PAUSED, guest.machine().state());
            shell.run("vm:resume pause");
            guest.awaitOk(60);
        }
    }

    private Path disk(String name) throws Exception {
        return BareGuest.disk(folder, name, 64);
    }
}
