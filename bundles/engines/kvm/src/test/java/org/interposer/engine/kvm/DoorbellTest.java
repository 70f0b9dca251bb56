package org.interposer.engine.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalInt;
import java.util.OptionalLong;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.Doorbell;
import org.interposer.api.bus.IoEvent;
import org.interposer.api.bus.Mapping;
import org.interposer.api.engine.VcpuExit;
import org.interposer.api.irq.IrqchipMode;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class DoorbellTest {
    private static final int CODE = 0x1000;

    @BeforeEach
    void needKvm() {
        TestMachine.needKvm();
    }

    private static Doorbell port(int port, int size, OptionalLong value, IoEvent event) {
        return new Doorbell(AddressSpace.PORT, port, size, value, event);
    }

    @Test
    void aPortRingsInTheKernelOnlyWithItsValueAndSize() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.KERNEL);
                IoEvent one = m.vm.newEvent();
                IoEvent two = m.vm.newEvent()) {
            assertTrue(m.vm.doorbells().assign(port(0x80, 1, OptionalLong.of(1), one)));
            assertTrue(m.vm.doorbells().assign(port(0x80, 1, OptionalLong.of(2), two)));
            m.kickPort(0xf0, m.cpu(0));
            m.code(CODE, "b0 01 e6 80 b0 03 e6 80 e7 80 e6 f0 f4");
            m.start(0, CODE);
            assertInstanceOf(VcpuExit.Kicked.class, m.run());
            assertTrue(one.await(0));
            assertFalse(one.await(0));
            assertFalse(two.await(0));
            assertEquals(3L, m.vm.exits().get("pio-out"));
        }
    }

    @Test
    void anMmioRegisterRingsWithAnySizeUntilItIsGivenBack() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.KERNEL);
                IoEvent event = m.vm.newEvent()) {
            m.bus.accelerator(m.vm.doorbells());
            Mapping mapping =
                    m.bus.mapDoorbell(
                            new Doorbell(
                                    AddressSpace.MMIO,
                                    0xD000_0000L,
                                    0,
                                    OptionalLong.empty(),
                                    event));
            m.kickPort(0xf0, m.cpu(0));
            m.code(CODE, ProtectedMode.ENTER);
            m.code(ProtectedMode.BODY, "bb 00 00 00 d0 89 03 66 89 03 88 03 e6 f0 89 03 e6 f0 f4");
            m.start(0, CODE);
            assertInstanceOf(VcpuExit.Kicked.class, m.run());
            assertTrue(event.await(1_000_000_000L));
            assertEquals(null, m.vm.exits().get("mmio-write"));
            mapping.close();
            assertInstanceOf(VcpuExit.Kicked.class, m.run());
            assertFalse(event.await(0));
            assertEquals(1L, m.vm.exits().get("mmio-write"));
        }
    }

    @Test
    void aDoorbellTheKernelCannotRingIsRefused() throws Exception {
        try (TestMachine m = TestMachine.of(IrqchipMode.KERNEL);
                IoEvent event = m.vm.newEvent()) {
            assertFalse(m.vm.doorbells().assign(port(0x80, 0, OptionalLong.of(1), event)));
            assertFalse(m.vm.doorbells().assign(port(0x80, 1, OptionalLong.empty(), PLAIN)));
            Doorbell good = port(0x80, 1, OptionalLong.empty(), event);
            assertTrue(m.vm.doorbells().assign(good));
            assertFalse(m.vm.doorbells().assign(good), "taken twice");
        }
    }

    private static final IoEvent PLAIN =
            new IoEvent() {
                @Override
                public void signal() {}

                @Override
                public boolean await(long timeoutNanos) {
                    return false;
                }

                @Override
                public OptionalInt descriptor() {
                    return OptionalInt.empty();
                }

                @Override
                public void close() {}
            };
}
