package org.interposer.frontend.testdev;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.annotation.Annotation;
import java.util.ArrayList;
import java.util.List;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.IoBus;
import org.interposer.api.frontend.TestHost;
import org.interposer.core.iobus.ComponentBusFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TestdevFrontendTest {
    private final IoBus bus = new ComponentBusFactory().create();
    private final List<String> events = new ArrayList<>();
    private final TestdevFrontend device = new TestdevFrontend(config("demo"));

    @BeforeEach
    void realize() {
        device.realize(host());
    }

    private static TestdevConfig config(String machine) {
        return new TestdevConfig() {
            @Override
            public String machine() {
                return machine;
            }

            @Override
            public String id() {
                return "testdev0";
            }

            @Override
            public Class<? extends Annotation> annotationType() {
                return TestdevConfig.class;
            }
        };
    }

    private TestHost host() {
        return new TestHost(bus) {
            @Override
            protected void line(int gsi, boolean asserted) {
                events.add(gsi + "=" + asserted);
            }

            @Override
            public void invalidateTranslations(long address) {
                events.add("invalidateTranslations " + address);
            }
        };
    }

    private long port(long port, int size) {
        return bus.read(AddressSpace.PORT, port, size);
    }

    private void port(long port, int size, long value) {
        bus.write(AddressSpace.PORT, port, size, value);
    }

    @Test
    void aPortDrivesItsLine() {
        port(0x2005, 1, 2);
        port(0x2017, 1, 1);
        port(0x2006, 2, 1);
        port(0x2005, 1, 0);
        assertEquals(List.of("5=true", "23=true", "5=false"), events);
    }

    @Test
    void latchesReadBackInAnySize() {
        port(0xe0, 4, 0x1234_5678L);
        assertEquals(0x5678, port(0xe0, 2));
        assertEquals(0x12, port(0xe3, 1));
        port(0xe9, 1, 0x42);
        assertEquals(0x1234_4278L, port(0xe0, 4));
        bus.write(AddressSpace.MMIO, 0xff00_fff8L, 8, 0x1122_3344_5566_7788L);
        assertEquals(0x1122_3344L, bus.read(AddressSpace.MMIO, 0xff00_fffcL, 4));
    }

    @Test
    void aWriteToE4DropsTranslations() {
        port(0xe4, 1, 1);
        port(0xe4, 4, 0x20_0000);
        assertEquals(List.of("invalidateTranslations 2097152"), events);
    }

    @Test
    void stateGoesToASuccessor() {
        port(0xe0, 4, 77);
        port(0x2003, 1, 1);
        bus.write(AddressSpace.MMIO, 0xff00_0000L, 4, 88);
        var state = device.save();
        device.unrealize();
        events.clear();
        TestdevFrontend successor = new TestdevFrontend(config("demo"));
        successor.realize(host());
        successor.restore(state);
        assertEquals(77, port(0xe0, 4));
        assertEquals(88, bus.read(AddressSpace.MMIO, 0xff00_0000L, 4));
        assertEquals("3=true", events.get(3));
        assertEquals(1, events.stream().filter(e -> e.endsWith("=true")).count());
    }

    @Test
    void aLineThatIsLowInTheStateGoesDown() {
        var low = device.save();
        port(0x2003, 1, 1);
        device.restore(low);
        assertEquals("3=false", events.get(1 + 3));
    }

    @Test
    void resetLowersItsLinesAndClearsItsLatches() {
        port(0x2003, 1, 1);
        port(0xe0, 4, 77);
        device.reset();
        assertEquals(List.of("3=true", "3=false"), events);
        assertEquals(0, port(0xe0, 4));
    }

    @Test
    void aDeviceOfNoMachineIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new TestdevFrontend(config("")));
    }
}
