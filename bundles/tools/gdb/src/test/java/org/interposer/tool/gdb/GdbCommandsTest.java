package org.interposer.tool.gdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.felix.service.command.CommandSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;

/** The command, in a container that holds one machine. */
@Timeout(60)
final class GdbCommandsTest {
    private final FakeMachine fake = new FakeMachine();
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private final CommandSession session =
            proxy(CommandSession.class, Map.of("getConsole", new PrintStream(said, true)));
    private final GdbCommands commands =
            new GdbCommands(
                    proxy(
                            BundleContext.class,
                            Map.of(
                                    "getServiceReferences",
                                    List.of(
                                            proxy(
                                                    ServiceReference.class,
                                                    Map.of("getProperty", FakeMachine.NAME))),
                                    "getService",
                                    fake.machine)));

    private static <T> T proxy(Class<T> type, Map<String, Object> answers) {
        return type.cast(
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (self, method, arguments) -> answers.get(method.getName())));
    }

    private String run(String... words) throws Exception {
        said.reset();
        commands.gdb(session, words);
        return said.toString(StandardCharsets.UTF_8);
    }

    private String refused(String... words) {
        return assertThrows(Exception.class, () -> run(words)).getMessage();
    }

    @AfterEach
    void close() {
        commands.close();
        fake.close();
    }

    @Test
    void aPortIsOpenedListedAndClosed() throws Exception {
        String opened = run("fake", "0");
        String port = opened.strip().replaceFirst(".*:", "");
        assertEquals("fake: in gdb: target remote localhost:" + port, opened.strip());
        assertEquals("fake: localhost:" + port, run().strip());
        try (Client gdb = new Client(Integer.parseInt(port))) {
            assertEquals("T05thread:1;", gdb.ask("?"));
        }
        assertEquals("fake: gdb's port is closed", run("fake", "off").strip());
        assertTrue(run().startsWith("no machine waits for gdb"));
        assertEquals("machine 'fake' has no port for gdb open", refused("fake", "off"));
    }

    @Test
    void aPortInUseIsToldWithTheWayOut() throws Exception {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertEquals(
                    "port "
                            + other.getLocalPort()
                            + " is in use; choose another, or 0 for any free one",
                    refused("fake", Integer.toString(other.getLocalPort())));
        }
        assertTrue(run().startsWith("no machine waits for gdb"));
    }

    @Test
    void wrongWordsAreToldAndOpenNothing() throws Exception {
        assertEquals("'65536' is no TCP port: 0 to 65535, or off", refused("fake", "65536"));
        assertEquals("'-1' is no TCP port: 0 to 65535, or off", refused("fake", "-1"));
        assertEquals(
                "there is no machine 'other'; vm:list shows those there are",
                refused("other", "0"));
        assertEquals("vm:gdb takes NAME and PORT or off; see --help", refused("fake"));
        assertTrue(run("--help").startsWith("vm:gdb NAME PORT"));
        assertTrue(run().startsWith("no machine waits for gdb"));
    }
}
