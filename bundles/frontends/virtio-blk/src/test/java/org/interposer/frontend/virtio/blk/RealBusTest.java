package org.interposer.frontend.virtio.blk;

import static org.interposer.frontend.virtio.testkit.VirtioDriver.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalLong;
import java.util.Random;
import org.interposer.api.block.BlockPort;
import org.interposer.api.block.PortSpec;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.IoEvent;
import org.interposer.api.frontend.DeviceException;
import org.interposer.api.frontend.MachineRequest;
import org.interposer.api.frontend.TestHost;
import org.interposer.api.irq.InterruptController;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.pci.PciHost;
import org.interposer.api.state.StateRecord;
import org.interposer.core.iobus.ComponentBusFactory;
import org.interposer.core.memory.MappedGuestMemoryFactory;
import org.interposer.core.pci.I440fxHostFactory;
import org.interposer.frontend.virtio.Features;
import org.interposer.frontend.virtio.testkit.FakeEvent;
import org.interposer.frontend.virtio.testkit.GuestRing.Part;
import org.interposer.frontend.virtio.testkit.VirtioDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The disk on the platform's own memory, I/O bus and PCI bridge. */
final class RealBusTest {
    private static final long RINGS = 0x10_0000;
    private static final long HEADER = 0x20_0000;
    private static final long STATUS = 0x20_1000;

    /** In the second region of RAM, behind the PCI hole. */
    private static final long HIGH = 0x1_0000_0000L + 0x10_0000;

    private final IoBus bus = new ComponentBusFactory().create();
    private final CountingInterrupts interrupts = new CountingInterrupts();
    private final PciHost pci =
            new I440fxHostFactory().create(bus, interrupts, OptionalLong.empty());
    private final FakePort port = new FakePort(2048);
    private final VirtioBlk device =
            new VirtioBlk(VirtioBlkTest.settings(2), (machine, id, chain) -> {});
    private GuestMemory memory;
    private BusGuest guest;
    private VirtioDriver driver;

    @BeforeEach
    void plug() throws IOException, DeviceException {
        memory = new MappedGuestMemoryFactory().create("blk", 3L * 1024 + 64 << 20);
        device.realize(new Host());
        pci.assignResources();
        guest = new BusGuest(bus, 2 << 3);
        guest.setConfig(4, 2, guest.config(4, 2) | 4);
        driver = new VirtioDriver(guest);
    }

    @AfterEach
    void unplug() {
        device.unrealize();
        assertEquals(0, interrupts.messages(0xff));
        memory.close();
    }

    private int run(int type, long sector, Part... data) {
        byte[] header =
                ByteBuffer.allocate(16)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(type)
                        .putInt(0)
                        .putLong(sector)
                        .array();
        assertTrue(memory.write(HEADER, header, 0, 16));
        Part[] parts = new Part[data.length + 2];
        parts[0] = Part.out(HEADER, 16);
        System.arraycopy(data, 0, parts, 1, data.length);
        parts[data.length + 1] = Part.in(STATUS, 1);
        driver.ring(0).addIndirect(parts);
        driver.kick(0);
        driver.awaitUsed(0);
        byte[] status = new byte[1];
        memory.read(STATUS, status, 0, 1);
        return status[0];
    }

    private void start() {
        driver.start(memory, RINGS, 2, BlkGuest.QUEUE_SIZE, driver.offered() & ~Features.EVENT_IDX);
    }

    @Test
    void blocksGoBetweenDiskAndMemoryOnBothSidesOfThePciHole() {
        guest.enableMsix(3);
        start();
        byte[] data = new byte[4096];
        new Random(1).nextBytes(data);
        memory.write(HIGH, data, 0, data.length);
        assertEquals(0, run(BlkParser.OUT, 8, Part.out(HIGH, 4096)));
        long low = 0x30_0200;
        assertEquals(0, run(BlkParser.IN, 8, Part.in(low, 512), Part.in(HIGH + 8192, 3584)));
        byte[] back = new byte[4096];
        memory.read(low, back, 0, 512);
        memory.read(HIGH + 8192, back, 512, 3584);
        assertArrayEquals(data, back);
        await(() -> interrupts.messages(0x41) == 2, "messages of queue 0");
        assertFalse(interrupts.anyLine());
    }

    @Test
    void aBufferInThePciHoleAsksForAReset() {
        guest.enableMsix(3);
        start();
        driver.ring(0).add(Part.out(HEADER, 16), Part.in(0xBFFF_FF00L, 512), Part.in(STATUS, 1));
        driver.kick(0);
        await(driver::needsReset, "needs reset");
        await(() -> interrupts.messages(0x40) == 1, "config message");
    }

    @Test
    void withoutMsixThePinOfTheBridgeIsRaisedUntilTheIsrIsRead() {
        int pirq = 0x60;
        BusGuest bridge = new BusGuest(bus, 1 << 3);
        bridge.setConfig(pirq, 4, 0x0b0b_0b0b);
        start();
        assertEquals(0, run(BlkParser.FLUSH, 0));
        await(interrupts::anyLine, "line raised");
        assertEquals(1, driver.read(3, 0, 1));
        assertFalse(interrupts.anyLine());
    }

    @Test
    void aMovedBarTakesItsDoorbellsAlong() {
        start();
        long before = guest.config(0x20, 4) & 0xffff_fff0L;
        long status = before + driver.offset(1) + 0x14;
        assertEquals(0xf, bus.read(AddressSpace.MMIO, status, 1));
        guest.setConfig(0x20, 4, 0xF000_0000);
        assertEquals(0, run(BlkParser.FLUSH, 0));
        assertEquals(0xff, bus.read(AddressSpace.MMIO, status, 1), "nothing there any more");
    }

    @Test
    void theRegistersCanBeReachedThroughConfigurationSpace() {
        int access = driver.capability(5);
        guest.setConfig(access + 4, 1, 4);
        guest.setConfig(access + 8, 4, driver.offset(4));
        guest.setConfig(access + 12, 4, 4);
        assertEquals(2048, guest.config(access + 16, 4), "capacity");
    }

    @Test
    void theStateGoesThroughTheBridgesFunction() {
        guest.enableMsix(3);
        start();
        run(BlkParser.FLUSH, 0);
        device.quiesce();
        StateRecord state = device.save();
        device.reset();
        device.restore(state);
        device.resume();
        assertEquals(0, run(BlkParser.FLUSH, 0));
        await(() -> interrupts.messages(0x41) == 2, "messages of queue 0");
    }

    private final class Host extends TestHost {
        Host() {
            super(bus);
        }

        @Override
        public GuestMemory memory() {
            return memory;
        }

        @Override
        public InterruptController interrupts() {
            return interrupts;
        }

        @Override
        public PciHost pci() {
            return pci;
        }

        @Override
        public IoEvent newEvent() {
            return new FakeEvent();
        }

        @Override
        public BlockPort openBlockPort(PortSpec spec) {
            return port;
        }

        @Override
        public void request(MachineRequest request) {
            throw new AssertionError(request);
        }
    }
}
