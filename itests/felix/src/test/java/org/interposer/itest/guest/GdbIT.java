package org.interposer.itest.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import org.interposer.itest.Felix;
import org.interposer.itest.FromContainer;
import org.interposer.itest.InFelix;
import org.junit.jupiter.api.Test;
import org.osgi.framework.BundleContext;

/** A real guest under the stub, by the protocol that gdb speaks. */
@InFelix
class GdbIT {
    /** Where the guests begin: 32-bit code, CLI and CLD before a MOV to ESP. */
    private static final long ENTRY = 0x10_0000;

    private static final int RIP = 16, RAX = 0;
    private static final String STOPPED = "T05thread:1;";

    @FromContainer private BundleContext context;

    @Test
    void aGuestIsSteppedChangedStoppedAndRunToItsEndOnSoftcpu() throws Exception {
        onGuest(
                "softcpu",
                gdb -> {
                    debug(gdb);
                    watch(gdb);
                    assertEquals("W21", gdb.ask("c"), "past its breakpoint; the guest's 33");
                });
    }

    @Test
    void aGuestIsSteppedChangedStoppedAndLeftOnKvm() throws Exception {
        assumeTrue(Files.isWritable(Path.of("/dev/kvm")), "needs /dev/kvm");
        onGuest(
                "kvm",
                gdb -> {
                    debug(gdb);
                    assertEquals("OK", gdb.ask("D"));
                });
    }

    private interface Work {
        void with(Gdb gdb) throws Exception;
    }

    private void onGuest(String engine, Work work) throws Exception {
        try (Shell shell = new Shell(context)) {
            shell.run(
                    "vm:create gdb --engine %s --memory 64M --kernel %s --cmdline 'n=200'"
                            + " --debug-exit --no-rng",
                    engine,
                    Felix.home().resolve("../../../itests/guests/images/exits.elf").normalize());
            shell.run("vm:gdb gdb 0");
            String[] words = shell.output().strip().split(":");
            int port = Integer.parseInt(words[words.length - 1]);
            shell.run("vm:start gdb");
            Felix.await(
                    Duration.ofSeconds(20),
                    "the machine that waits",
                    () -> {
                        shell.run("vm:list");
                        return shell.output().contains("paused");
                    });
            try (Gdb gdb = new Gdb(port)) {
                work.with(gdb);
            }
            shell.run("vm:wait gdb --expect 33 --timeout 60");
            shell.run("vm:delete gdb --force");
        }
    }

    private static void debug(Gdb gdb) throws Exception {
        assertTrue(gdb.ask("qSupported:swbreak+").contains("qXfer:features:read+"));
        assertEquals(STOPPED, gdb.ask("?"));
        assertEquals(ENTRY, gdb.register(RIP), "before the first instruction");
        assertEquals("E01", gdb.ask("m0,ffffffffffffffff"), "no length");
        assertEquals("E01", gdb.ask("Hgffffffff"), "no thread");
        assertEquals(STOPPED, gdb.ask("s"));
        assertEquals(ENTRY + 1, gdb.register(RIP), "CLI");
        assertEquals("fc", gdb.ask("m" + Long.toHexString(ENTRY + 1) + ",1"), "CLD");
        assertEquals(STOPPED, gdb.ask("vCont;s:1;c"));
        assertEquals(ENTRY + 2, gdb.register(RIP));
        assertEquals("OK", gdb.ask("P0=efbeadde00000000"));
        assertEquals(0xdead_beefL, gdb.register(RAX));
        long next = ENTRY + 7;
        assertEquals("OK", gdb.ask("Z0," + Long.toHexString(next) + ",1"));
        assertEquals(STOPPED, gdb.ask("vCont;c"));
        assertEquals(next, gdb.register(RIP), "the breakpoint");
        assertEquals(STOPPED, gdb.ask("s"), "with the breakpoint still there");
        assertEquals(next + 2, gdb.register(RIP), "MOV");
        assertEquals("OK", gdb.ask("Z1," + Long.toHexString(next + 2) + ",1"));
        assertEquals("OK", gdb.ask("Z1," + Long.toHexString(next + 4) + ",1"));
        assertEquals(STOPPED, gdb.ask("c"), "from a breakpoint to the next instruction's");
        assertEquals(next + 4, gdb.register(RIP), "XOR");
        assertEquals("OK", gdb.ask("z0," + Long.toHexString(next) + ",1"));
        assertEquals("OK", gdb.ask("z1," + Long.toHexString(next + 2) + ",1"));
        assertEquals("E01", gdb.ask("mffffffffffff0000,4"), "no memory there");
        assertEquals("", gdb.ask("Z3,0,4"), "gdb takes an access watchpoint instead");
        assertFalse(gdb.ask("qXfer:features:read:target.xml:0,fff").isEmpty());
    }

    /** A word that the guest's start clears with REP STOS before it stores EBP there. */
    private static void watch(Gdb gdb) throws Exception {
        assertEquals("OK", gdb.ask("Z2,115878,4"));
        assertEquals("T05thread:1;watch:115878;", gdb.ask("c"));
        assertEquals(ENTRY + 0x15, gdb.register(RIP), "REP STOS has not ended");
        assertEquals("T05thread:1;watch:115878;", gdb.ask("c"));
        assertEquals(ENTRY + 0x1d, gdb.register(RIP), "behind the MOV");
        assertEquals("OK", gdb.ask("z2,115878,4"));
    }

    /** The client's side. */
    private static final class Gdb implements AutoCloseable {
        private final Socket socket;

        Gdb(int port) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(30_000);
        }

        String ask(String packet) throws IOException {
            int sum = packet.chars().sum() & 0xff;
            socket.getOutputStream()
                    .write(
                            ("$" + packet + String.format("#%02x", sum))
                                    .getBytes(StandardCharsets.ISO_8859_1));
            StringBuilder answer = new StringBuilder();
            int octet = socket.getInputStream().read();
            while (octet != '$') {
                octet = socket.getInputStream().read();
            }
            octet = socket.getInputStream().read();
            while (octet != '#') {
                answer.append((char) octet);
                octet = socket.getInputStream().read();
            }
            socket.getInputStream().readNBytes(2);
            socket.getOutputStream().write('+');
            return answer.toString();
        }

        long register(int number) throws IOException {
            byte[] bytes = HexFormat.of().parseHex(ask("p" + Integer.toHexString(number)));
            long value = 0;
            for (int i = bytes.length - 1; i >= 0; i--) {
                value = value << 8 | bytes[i] & 0xff;
            }
            assertEquals(8, bytes.length, Arrays.toString(bytes));
            return value;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
