package org.interposer.frontend.i8042;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.annotation.Annotation;
import java.util.List;
import java.util.Random;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.IoBus;
import org.interposer.api.frontend.MachineRequest;
import org.interposer.api.frontend.TestHost;
import org.interposer.api.state.StateRecord;
import org.interposer.core.iobus.ComponentBusFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class I8042FrontendTest {
    private record Config(String machine, String id) implements I8042Config {
        @Override
        public Class<? extends Annotation> annotationType() {
            return I8042Config.class;
        }
    }

    private final IoBus bus = new ComponentBusFactory().create();
    private final TestHost host = host();
    private final List<MachineRequest> requests = host.requests();
    private final I8042Frontend device = realized();
    private boolean irq;

    private TestHost host() {
        return new TestHost(bus) {
            @Override
            protected void line(int gsi, boolean asserted) {
                assertEquals(1, gsi);
                irq = asserted;
            }
        };
    }

    private I8042Frontend realized() {
        I8042Frontend made = new I8042Frontend(new Config("demo", "i8042"));
        made.realize(host);
        return made;
    }

    private int in(int port) {
        return (int) bus.read(AddressSpace.PORT, port, 1);
    }

    private void out(int port, int value) {
        bus.write(AddressSpace.PORT, port, 1, value);
    }

    @Test
    void command0xFePulsesTheResetLine() {
        out(0x64, 0xFE);
        assertEquals(List.of(new MachineRequest.Reset("i8042 command 0xfe")), requests);
        out(0x64, 0xFF);
        out(0x64, 0xF1);
        assertEquals(1, requests.size(), "the reset line is bit 0, low active");
    }

    @Test
    void theOutputPortResetsToo() {
        out(0x64, 0xD1);
        out(0x60, 0x03);
        assertEquals(0, requests.size());
        out(0x64, 0xD1);
        out(0x60, 0x02);
        assertEquals(List.of(new MachineRequest.Reset("i8042 output port")), requests);
    }

    @Test
    void port0x92ResetsAndSharesA20() {
        assertEquals(2, in(0x92));
        out(0x92, 0);
        out(0x64, 0xD0);
        assertEquals(0, in(0x60) & 2);
        out(0x64, 0xD1);
        out(0x60, 0x03);
        assertEquals(2, in(0x92));
        out(0x92, 3);
        assertEquals(List.of(new MachineRequest.Reset("port 0x92")), requests);
    }

    @Test
    void theSelfTestPasses() {
        assertEquals(0, in(0x64) & 3, "no data and ready for commands");
        out(0x64, 0xAA);
        assertEquals(1, in(0x64) & 3);
        assertEquals(0x55, in(0x60));
        assertEquals(0, in(0x64) & 1);
        out(0x64, 0xAB);
        assertEquals(0, in(0x60));
    }

    @Test
    void theCommandByteIsReadAndWritten() {
        out(0x64, 0x20);
        assertEquals(0x65, in(0x60));
        out(0x64, 0x60);
        out(0x60, 0x74);
        out(0x64, 0x20);
        assertEquals(0x74, in(0x60));
        out(0x64, 0xAE);
        out(0x64, 0x20);
        assertEquals(0x64, in(0x60));
    }

    @Test
    void aKeyboardThatIsNotThereTimesOutAtOnceWithAnInterrupt() {
        out(0x60, 0xF2);
        assertTrue(irq);
        assertEquals(0x41, in(0x64) & 0x61);
        assertEquals(0xFE, in(0x60));
        assertFalse(irq);
        assertEquals(0, in(0x64) & 0x61);
    }

    @Test
    void interruptsAreOffWhenTheCommandByteSaysSo() {
        out(0x64, 0x60);
        out(0x60, 0x74);
        out(0x60, 0xF2);
        assertFalse(irq);
        assertEquals(1, in(0x64) & 1);
    }

    @Test
    void thereIsNoAuxiliaryPort() {
        out(0x64, 0xD3);
        out(0x60, 0x5A);
        assertEquals(0x01, in(0x64) & 0x21, "looped back, but not as auxiliary data");
        assertEquals(0x5A, in(0x60));
        out(0x64, 0xA9);
        assertEquals(2, in(0x60), "the interface test fails");
    }

    @Test
    void stateSurvivesARoundTrip() {
        out(0x60, 0xF2);
        out(0x92, 0);
        out(0x64, 0x60);
        StateRecord state = device.save();
        device.reset();
        assertFalse(irq);
        assertEquals(2, in(0x92));
        device.restore(state);
        assertTrue(irq);
        assertEquals(0, in(0x92));
        out(0x60, 0x10);
        out(0x64, 0x20);
        assertEquals(0x10, in(0x60), "the pending command came back too");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void anyBytesLeaveItWorking(long seed) {
        Random random = new Random(seed);
        int[] ports = {0x60, 0x64, 0x92};
        for (int i = 0; i < 20_000; i++) {
            out(ports[random.nextInt(3)], random.nextInt(256));
            in(ports[random.nextInt(3)]);
        }
        in(0x60);
        out(0x64, 0xAA);
        assertEquals(0x55, in(0x60));
    }

    @Test
    void unrealizeFreesThePortsAndLowersTheLine() {
        out(0x60, 0xF2);
        device.unrealize();
        device.unrealize();
        assertFalse(irq);
        assertEquals(List.of(), bus.ranges());
    }

    @Test
    void aConfigurationWithoutAMachineIsRefused() {
        assertThrows(
                IllegalArgumentException.class, () -> new I8042Frontend(new Config("", "i8042")));
    }
}
