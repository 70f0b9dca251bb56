package org.interposer.tool.gdb;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.interposer.api.engine.Watchpoint;
import org.interposer.api.machine.MachineDebug;
import org.interposer.api.machine.MachineOutcome;
import org.interposer.api.machine.MachineState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What one session answers to what gdb sends, over a connection of its own. */
@Timeout(60)
final class SessionTest {
    private static final String OK = "OK", ERROR = "E01", UNKNOWN = "";
    private static final String STOPPED = "T05thread:1;", INTERRUPTED = "T02thread:1;";
    private static final int DATA = 0x2000;

    private final FakeMachine fake = new FakeMachine();
    private Client gdb;
    private FutureTask<Void> served;

    @BeforeEach
    void connect() throws Exception {
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            gdb = new Client(listening.getLocalPort());
            Socket accepted = listening.accept();
            Packets packets = new Packets(accepted.getInputStream(), accepted.getOutputStream());
            Session session = new Session(fake.machine, fake, packets, false);
            fake.listener = Optional.of(listener(session));
            served =
                    new FutureTask<>(
                            () -> {
                                try (accepted) {
                                    session.run();
                                }
                                return null;
                            });
            new Thread(served, "session").start();
        }
        for (int n = 0; n < 8; n++) {
            fake.ram[DATA + n] = (byte) (0xa0 + n);
        }
    }

    private static MachineDebug.Listener listener(Session session) {
        return new MachineDebug.Listener() {
            @Override
            public void stopped(int cpu, Optional<Watchpoint> watched) {
                session.stopped(cpu, watched);
            }

            @Override
            public void ended(MachineOutcome how) {
                session.ended(how);
            }
        };
    }

    @AfterEach
    void disconnect() {
        gdb.close();
        fake.close();
    }

    private void assertSessionEnds() throws Exception {
        served.get(20, TimeUnit.SECONDS);
        gdb.assertEnd();
    }

    // --- the connection --------------------------------------------------------------------------

    @Test
    void theFeaturesAreTold() throws Exception {
        List<String> features =
                List.of(gdb.ask("qSupported:multiprocess+;swbreak+;xmlRegisters=i386").split(";"));
        assertEquals(
                List.of(
                        "PacketSize=4000",
                        "QStartNoAckMode+",
                        "qXfer:features:read+",
                        "vContSupported+"),
                features);
        assertEquals("1", gdb.ask("qAttached"), "gdb's kill is not its detach");
    }

    @Test
    void aWrongChecksumIsRefusedAndThePacketTakenWhenItComesAgain() throws Exception {
        gdb.raw("$m2000,1#00");
        assertEquals('-', gdb.next());
        gdb.assertQuiet();
        assertEquals("a0", gdb.ask("m2000,1"));
    }

    @Test
    void withoutAcknowledgementsThereAreNone() throws Exception {
        assertEquals(OK, gdb.ask("QStartNoAckMode"));
        gdb.send("?");
        assertEquals(STOPPED, gdb.reply(), "and no + before it");
        gdb.raw("$?#00");
        assertThrows(ExecutionException.class, () -> served.get(20, TimeUnit.SECONDS));
    }

    @Test
    void whatTheStubDoesNotKnowIsAnsweredByNothing() throws Exception {
        for (String packet :
                List.of("vMustReplyEmpty", "!", "qNothing", "Z3,2000,4", "Z5,2000,4")) {
            assertEquals(UNKNOWN, gdb.ask(packet), packet);
        }
        assertEquals(Set.of(), fake.breakpoints);
        assertEquals(Set.of(), fake.watchpoints);
    }

    @Test
    void whatIsNotWellFormedIsAnErrorAndTheSessionGoesOn() throws Exception {
        for (String packet :
                List.of(
                        "p",
                        "pzz",
                        "P",
                        "P0",
                        "m",
                        "m2000",
                        "mx,1",
                        "M2000,1:a",
                        "Z",
                        "Z0",
                        "Z2,2000",
                        "Z2,2000,0",
                        "Z2,2000,100000000",
                        "H",
                        "T",
                        "vCont;s:x",
                        "qXfer:features:read:target.xml:0")) {
            assertEquals(ERROR, gdb.ask(packet), packet);
        }
        assertEquals(STOPPED, gdb.ask("?"));
        assertEquals(List.of(), fake.journal, "nothing was done to the machine");
    }

    // --- registers and memory --------------------------------------------------------------------

    @Test
    void allRegistersAreReadAndWritten() throws Exception {
        String all = gdb.ask("g");
        assertEquals(Hex.of(Registers.all(FakeMachine.state(FakeMachine.START))), all);
        assertEquals(OK, gdb.ask("Gefbeadde00000000" + all.substring(16)));
        assertEquals(0xdead_beefL, fake.state(0).gpr()[0]);
        assertEquals(0x103, fake.state(0).gpr()[3], "RBX stays");
        assertEquals(0x100, fake.state(1).gpr()[0], "the other vCPU stays");
    }

    @Test
    void oneRegisterIsReadAndWritten() throws Exception {
        assertEquals("0010000000000000", gdb.ask("p10"), "RIP");
        assertEquals(OK, gdb.ask("P10=7856341200000000"));
        assertEquals(0x1234_5678L, fake.state(0).rip());
        assertEquals("7856341200000000", gdb.ask("p10"));
        assertEquals(ERROR, gdb.ask("P10=785634"), "too short");
        assertEquals(ERROR, gdb.ask("P12=08000000"), "CS belongs to the system");
        assertEquals(ERROR, gdb.ask("p" + Integer.toHexString(Registers.COUNT)), "none");
        assertEquals(0x1234_5678L, fake.state(0).rip());
    }

    @Test
    void theDescriptionComesInParts() throws Exception {
        String whole = Registers.description();
        String first = gdb.ask("qXfer:features:read:target.xml:0,100");
        String second = gdb.ask("qXfer:features:read:target.xml:100,3f00");
        assertEquals("m" + whole.substring(0, 0x100), first);
        assertEquals("l" + whole.substring(0x100), second);
        assertEquals("l", gdb.ask("qXfer:features:read:target.xml:ffff,10"));
    }

    @Test
    void memoryIsReadAsFarAsItGoes() throws Exception {
        assertEquals("a0a1a2a3", gdb.ask("m2000,4"));
        assertEquals("", gdb.ask("m2000,0"));
        fake.ram[FakeMachine.RAM - 1] = 0x5a;
        assertEquals(ERROR, gdb.ask("m" + Integer.toHexString(FakeMachine.RAM) + ",4"));
        assertEquals(ERROR, gdb.ask("m2000,ffffffffffffffff"), "no length");
        assertTrue(gdb.ask("mf000,2000").endsWith("5a"), "and no more: the next page is none");
    }

    @Test
    void memoryIsWrittenOrAnErrorAndUnchanged() throws Exception {
        assertEquals(OK, gdb.ask("M2001,2:beef"));
        assertArrayEquals(
                new byte[] {(byte) 0xa0, (byte) 0xbe, (byte) 0xef, (byte) 0xa3},
                Arrays.copyOfRange(fake.ram, DATA, DATA + 4));
        assertEquals(OK, gdb.ask("X2000,2:}\3}\4"), "escaped # and $");
        assertEquals('#', fake.ram[DATA]);
        assertEquals('$', fake.ram[DATA + 1]);
        assertEquals(OK, gdb.ask("Xffff0000,0:"), "gdb's question whether X is there");
        assertEquals(ERROR, gdb.ask("M10000,1:77"));
        assertEquals(ERROR, gdb.ask("X10000,1:w"));
    }

    // --- running ---------------------------------------------------------------------------------

    @Test
    void aBreakpointOfEitherKindStopsAndIsRemoved() throws Exception {
        assertEquals(OK, gdb.ask("Z0,1010,1"));
        assertEquals(OK, gdb.ask("Z1,1020,1"));
        assertEquals(Set.of(0x1010L, 0x1020L), fake.breakpoints);
        assertEquals(STOPPED, gdb.ask("c"));
        assertEquals("1010000000000000", gdb.ask("p10"));
        assertEquals(OK, gdb.ask("z0,1010,1"));
        assertEquals(Set.of(0x1020L), fake.breakpoints);
        assertEquals(STOPPED, gdb.ask("vCont;c"));
        assertEquals("2010000000000000", gdb.ask("p10"));
        assertEquals(OK, gdb.ask("z1,1020,1"));
        assertEquals(Set.of(), fake.breakpoints);
    }

    @Test
    void moreBreakpointsThanTheEngineHasAreAnErrorInWordsAndTheOthersStay() throws Exception {
        for (int n = 0; n < FakeMachine.MOST_BREAKPOINTS; n++) {
            assertEquals(OK, gdb.ask("Z1,200" + n + ",1"));
        }
        String answer = gdb.ask("Z1,3000,1");
        assertEquals("E.machine 'fake': too many      breakpoints", answer);
        assertEquals(Set.of(0x2000L, 0x2001L, 0x2002L, 0x2003L), fake.breakpoints);
        assertEquals(OK, gdb.ask("z1,2000,1"));
        assertEquals(OK, gdb.ask("Z1,3000,1"), "the refused one takes no place");
    }

    @Test
    void memoryIsWatchedAndAStopSaysWhichOfIt() throws Exception {
        Watchpoint written = new Watchpoint(0x2000, 4, false);
        Watchpoint accessed = new Watchpoint(0x2010, 16, true);
        assertEquals(OK, gdb.ask("Z2,2000,4"));
        assertEquals(OK, gdb.ask("Z4,2010,10"));
        assertEquals(Set.of(written, accessed), fake.watchpoints);
        letGo();
        fake.stop(1, Optional.of(accessed));
        assertEquals("T05thread:2;awatch:2010;", gdb.reply());
        letGo();
        fake.stop(0, Optional.of(written));
        assertEquals("T05thread:1;watch:2000;", gdb.reply());
        assertEquals(OK, gdb.ask("z2,2000,4"));
        assertEquals(Set.of(accessed), fake.watchpoints);
    }

    /** The acknowledgement comes before the machine runs, and what stops earlier is not told. */
    private void letGo() throws Exception {
        gdb.go("c");
        FakeMachine.await("machine that runs", () -> fake.state == MachineState.RUNNING);
    }

    @Test
    void aVcpuIsStepped() throws Exception {
        assertEquals("vCont;c;C;s;S", gdb.ask("vCont?"));
        assertEquals(STOPPED, gdb.ask("s"));
        assertEquals(STOPPED, gdb.ask("vCont;s:1;c"));
        assertEquals(FakeMachine.START + 2, fake.state(0).rip());
        assertEquals("T05thread:2;", gdb.ask("vCont;s:2;c"));
        assertEquals(FakeMachine.START + 1, fake.state(1).rip());
        assertEquals("QC2", gdb.ask("qC"), "gdb looks at the one that stopped");
        assertEquals("T05thread:2;", gdb.ask("vCont;s"), "and steps it on");
        assertEquals(List.of("step 0", "step 0", "step 1", "step 1"), fake.journal);
    }

    @Test
    void theMachineGoesOnFromTheVcpuThatGdbLooksAt() throws Exception {
        assertEquals(OK, gdb.ask("Z0,1010,1"));
        assertEquals(OK, gdb.ask("Hc2"));
        assertEquals("T05thread:2;", gdb.ask("c"));
        assertEquals(STOPPED, gdb.ask("vCont;s:1"));
        assertEquals(STOPPED, gdb.ask("vCont;c"));
        assertEquals(List.of("resume 1", "step 0", "resume 0"), fake.journal);
    }

    @Test
    void controlCStopsARunningMachineOnce() throws Exception {
        gdb.go("vCont;c");
        gdb.assertQuiet();
        assertEquals(MachineState.RUNNING, fake.state);
        gdb.raw("\3");
        assertEquals(INTERRUPTED, gdb.reply());
        assertEquals(MachineState.PAUSED, fake.state);
        gdb.raw("\3");
        gdb.assertQuiet();
        assertEquals(1, fake.journal.stream().filter("pause"::equals).count());
        assertEquals(STOPPED, gdb.ask("?"));
    }

    @Test
    void ofTwoStopsAtOnceOneIsTold() throws Exception {
        gdb.go("c");
        gdb.assertQuiet();
        fake.stop(1);
        fake.stop(0);
        assertEquals("T05thread:2;", gdb.reply());
        gdb.assertQuiet();
    }

    @Test
    void threadsAreTheVcpus() throws Exception {
        assertEquals("m1,2", gdb.ask("qfThreadInfo"));
        assertEquals("l", gdb.ask("qsThreadInfo"));
        assertEquals(Hex.of("vCPU 1".getBytes()), gdb.ask("qThreadExtraInfo,2"));
        assertEquals(OK, gdb.ask("T2"));
        assertEquals(ERROR, gdb.ask("T3"));
        assertEquals(OK, gdb.ask("Hg2"));
        assertEquals(OK, gdb.ask("P10=0020000000000000"));
        assertEquals(0x2000, fake.state(1).rip());
        assertEquals(OK, gdb.ask("Hc-1"), "all: the one it looks at");
        assertEquals("QC2", gdb.ask("qC"));
        assertEquals(ERROR, gdb.ask("Hg3"));
        assertEquals(ERROR, gdb.ask("Hgffffffff"));
        assertEquals("QC2", gdb.ask("qC"));
    }

    // --- the end ---------------------------------------------------------------------------------

    @Test
    void detachEndsTheSessionAndLeavesTheMachine() throws Exception {
        assertEquals(OK, gdb.ask("D"));
        assertSessionEnds();
        assertFalse(fake.journal.contains("stop"));
    }

    @Test
    void killStopsTheMachine() throws Exception {
        gdb.go("k");
        assertSessionEnds();
        assertEquals("stop", fake.journal.get(0));
    }

    @Test
    void killByVKillIsAnswered() throws Exception {
        assertEquals(OK, gdb.ask("vKill;1"));
        assertSessionEnds();
        assertEquals("stop", fake.journal.get(0));
    }

    private void assertEnd(String reply, MachineOutcome how) throws Exception {
        gdb.go("c");
        gdb.assertQuiet();
        fake.end(how);
        assertEquals(reply, gdb.reply());
    }

    @Test
    void aGuestThatPowersOffHasStatusZero() throws Exception {
        assertEnd("W00", new MachineOutcome.PoweredOff());
    }

    @Test
    void aGuestThatExitsHasItsOwnStatus() throws Exception {
        assertEnd("W21", new MachineOutcome.GuestExit(33));
    }

    @Test
    void aStatusIsOneByte() throws Exception {
        assertEnd("Wff", new MachineOutcome.GuestExit(0x1ff));
    }

    @Test
    void aCrashIsASignal() throws Exception {
        assertEnd("X0b", new MachineOutcome.Crashed("triple fault", List.of()));
    }

    @Test
    void whatIsEndedFromOutsideHasTheStatusOfBoot() throws Exception {
        assertEnd("W82", new MachineOutcome.StoppedByCommand());
    }

    @Test
    void aFailureHasTheStatusOfBoot() throws Exception {
        assertEnd("W7d", new MachineOutcome.Failed("no engine"));
    }

    @Test
    void theEndOfAMachineThatStandsIsNoReplyToAnything() throws Exception {
        assertEquals(STOPPED, gdb.ask("?"));
        fake.end(new MachineOutcome.PoweredOff());
        gdb.assertQuiet();
    }

    @Test
    void aClientThatGoesEndsTheSession() {
        gdb.close();
        ExecutionException e =
                assertThrows(ExecutionException.class, () -> served.get(20, TimeUnit.SECONDS));
        assertTrue(e.getCause() instanceof IOException, e.toString());
    }
}
