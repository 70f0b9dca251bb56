package org.interposer.itest.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.interposer.itest.FromContainer;
import org.interposer.itest.InFelix;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleContext;

/** {@code vm:trace} and {@code vm:disasm} on guests that run meanwhile, and go on. */
@InFelix
class DebuggingIT {
    private static final int EVENTS = 20_000;

    @FromContainer private BundleContext context;
    @TempDir Path folder;
    private Path file;
    private String disk;

    @BeforeEach
    void files() throws Exception {
        file = folder.resolve("trace.txt");
        disk = "--no-rng --disk file:" + BareGuest.disk(folder, "disk.img", 64);
    }

    @Test
    void aTracedGuestGoesOnAndItsCodeIsWhatTheTraceShows() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/objdump")), "needs binutils");
        try (Shell shell = new Shell(context);
                BareGuest guest =
                        BareGuest.onSoftcpu(
                                context, shell, "t", "blkload", "seconds=5 region=4m", disk)) {
            shell.run("vm:trace t %s --what instructions,exceptions,io --limit %d", file, EVENTS);
            List<String> lines = awaitLimit(shell);
            assertEquals(EVENTS, lines.size());
            assertTrue(lines.get(0).startsWith("       1 vcpu0 "), lines.get(0));
            assertTrue(lines.get(EVENTS - 1).startsWith("   20000 vcpu0 "));
            String[] words =
                    lines.stream().filter(l -> l.contains(" insn ")).findFirst().get().split(" +");
            String address = words[4].substring(words[4].indexOf(':') + 1);
            String bytes = String.join(" ", List.of(words).subList(5, words.length));
            shell.output();
            shell.run("vm:disasm t %s 1", address);
            String shown = shell.output();
            assertTrue(shown.contains(address + "  " + bytes + "  "), shown);
            shell.run("vm:disasm t");
            assertEquals(17, shell.output().lines().count());
            guest.awaitOk(120);
        }
    }

    /** Timer interrupts and the devices that the guest drives, without a single step. */
    @Test
    void interruptsAndDevicesAreSeenUntilTheMachineEnds() throws Exception {
        try (Shell shell = new Shell(context);
                BareGuest guest =
                        BareGuest.onSoftcpu(
                                context, shell, "t", "irq", "cpus=2 tolerance=90", "--cpus 2")) {
            shell.run("vm:trace t %s", file);
            guest.awaitOk(120);
            List<String> lines = Files.readAllLines(file);
            assertTrue(lines.stream().anyMatch(l -> l.contains("vcpu0 interrupt ")));
            assertTrue(lines.stream().anyMatch(l -> l.contains("vcpu1 interrupt ")));
            assertTrue(lines.stream().anyMatch(l -> l.contains("mmio-write fec00010 size 4")));
            // Byte 0x10 into isa-debug-exit is status 33, and the guest's last deed.
            assertTrue(last(lines).contains("vcpu0 pio-out 00f4 size "), last(lines));
            shell.output();
            shell.run("vm:trace t off");
            assertTrue(shell.output().contains("t: trace ended, " + lines.size() + " events in"));
        }
    }

    @Test
    void onKvmDevicesAreTracedAndInstructionsRefused() throws Exception {
        try (Shell shell = new Shell(context);
                BareGuest guest =
                        BareGuest.onKvm(context, shell, "t", "blkload", "seconds=5", disk)) {
            Exception refused =
                    assertThrows(
                            Exception.class,
                            () -> shell.run("vm:trace t %s --what instructions,io", file));
            assertTrue(refused.getMessage().contains("engine 'kvm' cannot trace instructions"));
            shell.run("vm:trace t %s --what io", file);
            guest.awaitOk(120);
            List<String> lines = Files.readAllLines(file);
            assertTrue(last(lines).contains("vcpu0 pio-out 00f4 size "), last(lines));
        }
    }

    private static String last(List<String> lines) {
        return lines.get(lines.size() - 1);
    }

    /** The lines of the trace once it has ended itself. */
    private List<String> awaitLimit(Shell shell) throws Exception {
        for (int i = 0; i < 600; i++) {
            shell.output();
            shell.run("vm:trace t");
            if (shell.output().contains("trace ended")) {
                return Files.readAllLines(file);
            }
            Thread.sleep(50);
        }
        throw new AssertionError("the trace did not reach its limit within 30 s");
    }
}
