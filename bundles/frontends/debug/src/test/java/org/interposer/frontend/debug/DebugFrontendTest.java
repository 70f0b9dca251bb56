package org.interposer.frontend.debug;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.annotation.Annotation;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.character.CharacterBackend;
import org.interposer.api.character.CharacterInput;
import org.interposer.api.frontend.MachineRequest;
import org.interposer.api.frontend.TestHost;
import org.interposer.core.iobus.ComponentBusFactory;
import org.junit.jupiter.api.Test;

final class DebugFrontendTest {
    private record Config(String machine, String id, int consolePort, int exitPort, String console)
            implements DebugConfig {
        @Override
        public Class<? extends Annotation> annotationType() {
            return DebugConfig.class;
        }
    }

    private static final class Sink implements CharacterBackend {
        final List<String> writes = new ArrayList<>();

        @Override
        public String id() {
            return "log";
        }

        @Override
        public void write(byte[] data, int offset, int length) {
            writes.add(new String(data, offset, length, StandardCharsets.US_ASCII));
        }

        @Override
        public AutoCloseable connect(CharacterInput input) {
            throw new UnsupportedOperationException("the debug console takes no input");
        }
    }

    private final TestHost host = new TestHost(new ComponentBusFactory().create());
    private final Sink sink = new Sink();
    private final DebugFrontend device =
            new DebugFrontend(new Config("demo", "debug0", 0xE9, 0xF4, "log"));

    private void print(String text) {
        text.chars().forEach(c -> host.bus().write(AddressSpace.PORT, 0xE9, 1, c));
    }

    @Test
    void linesReachTheConsoleWhole() {
        device.addBackend(sink);
        device.realize(host);
        print("result=ok\nend=0x10\n");
        assertEquals(List.of("result=ok\n", "end=0x10\n"), sink.writes);
    }

    @Test
    void partOfALineIsShownAfterAMoment() {
        device.addBackend(sink);
        device.realize(host);
        print("login: ");
        host.clock().advance(10_000_000);
        assertEquals(List.of(), sink.writes);
        host.clock().advance(10_000_000);
        assertEquals(List.of("login: "), sink.writes);
    }

    @Test
    void longOutputWithoutLinesIsHandedOnToo() {
        device.addBackend(sink);
        device.realize(host);
        print("x".repeat(2000));
        device.quiesce();
        assertEquals(2000, String.join("", sink.writes).length());
    }

    @Test
    void anExitCarriesTheValueAndComesAfterTheOutput() {
        device.addBackend(sink);
        device.realize(host);
        print("bye");
        host.bus().write(AddressSpace.PORT, 0xF4, 1, 0x10);
        assertEquals(List.of("bye"), sink.writes);
        assertEquals(List.of(new MachineRequest.Exit(33)), host.requests());
        host.bus().write(AddressSpace.PORT, 0xF4, 4, 0x1234);
        assertEquals(new MachineRequest.Exit(0x2469), host.requests().get(1));
    }

    @Test
    void guestsFindTheConsoleByReadingIt() {
        device.realize(host);
        assertEquals(0xE9, host.bus().read(AddressSpace.PORT, 0xE9, 1));
    }

    @Test
    void aConsoleThatComesLaterGetsWhatFollows() {
        device.realize(host);
        print("lost\n");
        device.addBackend(sink);
        print("seen\n");
        device.removeBackend(sink);
        print("lost\n");
        assertEquals(List.of("seen\n"), sink.writes);
    }

    @Test
    void unrealizeFreesThePorts() {
        device.realize(host);
        device.unrealize();
        device.unrealize();
        assertEquals(List.of(), host.bus().ranges());
    }

    @Test
    void portsThatAreZeroAreNotMapped() {
        new DebugFrontend(new Config("demo", "d", 0, 0xF4, "")).realize(host);
        assertEquals(1, host.bus().ranges().size());
    }

    @Test
    void aBadConfigurationIsRefusedWithTheKey() {
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> new DebugFrontend(new Config("demo", "d", 0xE9, 0xFFFE, "")));
        assertTrue(e.getMessage().contains("exitPort 65534"), e.getMessage());
        assertThrows(
                IllegalArgumentException.class,
                () -> new DebugFrontend(new Config("", "d", 0xE9, 0xF4, "")));
    }
}
