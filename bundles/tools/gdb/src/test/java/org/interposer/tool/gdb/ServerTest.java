package org.interposer.tool.gdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.interposer.api.machine.MachineException;
import org.interposer.api.machine.MachineOutcome;
import org.interposer.api.machine.MachineState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who is served, and what is left behind. */
@Timeout(60)
final class ServerTest {
    private static final String OK = "OK", STOPPED = "T05thread:1;";

    private final FakeMachine fake = new FakeMachine();
    private Optional<Server> opened = Optional.empty();

    private Server open() throws Exception {
        Server server = Server.open(fake.machine, 0);
        opened = Optional.of(server);
        return server;
    }

    @AfterEach
    void close() {
        opened.ifPresent(Server::close);
        fake.close();
    }

    private void assertLeftAlone() throws InterruptedException {
        FakeMachine.await("machine that runs on", () -> fake.state == MachineState.RUNNING);
        assertEquals(Set.of(), fake.breakpoints);
    }

    @Test
    void aMachineThatRunsIsStoppedByTheFirstQuestion() throws Exception {
        fake.state = MachineState.RUNNING;
        try (Client gdb = new Client(open().port())) {
            gdb.assertQuiet();
            assertEquals(List.of(), fake.journal, "a connection alone disturbs nothing");
            assertEquals(STOPPED, gdb.ask("?"));
            assertEquals(MachineState.PAUSED, fake.state);
        }
    }

    @Test
    void detachLeavesNoBreakpointAndNoStop() throws Exception {
        try (Client gdb = new Client(open().port())) {
            assertEquals(OK, gdb.ask("Z0,1010,1"));
            assertEquals(OK, gdb.ask("D"));
            gdb.assertEnd();
            assertLeftAlone();
        }
    }

    @Test
    void aClientThatDisappearsLeavesNoBreakpointAndNoStop() throws Exception {
        try (Client gdb = new Client(open().port())) {
            assertEquals(OK, gdb.ask("Z0,1010,1"));
            assertEquals(OK, gdb.ask("Z1,1020,1"));
            assertEquals(2, fake.breakpoints.size());
        }
        assertLeftAlone();
    }

    @Test
    void aClientThatDisappearsInTheMiddleOfAPacketIsNoDifferentOne() throws Exception {
        try (Client gdb = new Client(open().port())) {
            assertEquals(OK, gdb.ask("Z0,1010,1"));
            gdb.raw("$m2000,");
        }
        assertLeftAlone();
        try (Client gdb = new Client(opened.orElseThrow().port())) {
            assertEquals(STOPPED, gdb.ask("?"));
        }
    }

    @Test
    void aStopThatComesAfterItsClientHasGoneLetsTheMachineRunOn() throws Exception {
        try (Client gdb = new Client(open().port())) {
            gdb.go("c");
            gdb.assertQuiet();
        }
        FakeMachine.await(
                "end of the session", () -> fake.journal.stream().anyMatch("pause"::equals));
        assertLeftAlone();
        fake.stop(0);
        assertLeftAlone();
    }

    @Test
    void aSecondClientWaitsUntilTheFirstHasGone() throws Exception {
        int port = open().port();
        try (Client first = new Client(port);
                Client second = new Client(port)) {
            assertEquals(STOPPED, first.ask("?"));
            second.send("?");
            second.assertQuiet();
            assertEquals(OK, first.ask("Z0,1010,1"), "the first is not disturbed");
            assertEquals(OK, first.ask("D"));
            assertEquals('+', second.next());
            assertEquals(STOPPED, second.reply());
            assertEquals(Set.of(), fake.breakpoints);
        }
    }

    @Test
    void closingLetsTheMachineGoAndEndsTheSession() throws Exception {
        Server server = open();
        try (Client gdb = new Client(server.port())) {
            assertEquals(STOPPED, gdb.ask("?"));
            server.close();
            gdb.assertEnd();
            assertTrue(server.isClosed());
            assertTrue(fake.journal.contains("close"), "the hold on the machine");
        }
        assertThrows(ConnectException.class, () -> new Client(server.port()));
    }

    @Test
    void theEndOfTheMachineIsToldAndClosesThePort() throws Exception {
        Server server = open();
        try (Client gdb = new Client(server.port())) {
            gdb.go("c");
            gdb.assertQuiet();
            fake.end(new MachineOutcome.GuestExit(33));
            assertEquals("W21", gdb.reply());
            gdb.assertEnd();
        }
        assertThrows(ConnectException.class, () -> new Client(server.port()));
    }

    @Test
    void theEndOfAMachineThatStoodClosesTheConnectionOnly() throws Exception {
        try (Client gdb = new Client(open().port())) {
            assertEquals(STOPPED, gdb.ask("?"));
            fake.end(new MachineOutcome.StoppedByCommand());
            gdb.assertEnd();
        }
    }

    @Test
    void aPortInUseIsRefusedAndTheMachineNotHeld() throws IOException {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThrows(
                    BindException.class, () -> Server.open(fake.machine, other.getLocalPort()));
        }
        assertEquals(Optional.empty(), fake.listener);
    }

    @Test
    void aMachineThatCannotBeDebuggedKeepsNoPort() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        fake.refusal = Optional.of("machine 'fake': engine 'none' cannot be debugged");
        MachineException e =
                assertThrows(MachineException.class, () -> Server.open(fake.machine, port));
        assertEquals("machine 'fake': engine 'none' cannot be debugged", e.getMessage());
        assertThrows(ConnectException.class, () -> new Client(port));
        assertFalse(fake.journal.contains("close"));
    }
}
