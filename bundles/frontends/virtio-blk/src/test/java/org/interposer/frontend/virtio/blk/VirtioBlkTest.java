package org.interposer.frontend.virtio.blk;

import static org.interposer.frontend.virtio.testkit.VirtioDriver.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.interposer.api.block.BlockStatus;
import org.interposer.api.block.PortPolicy;
import org.interposer.api.frontend.DeviceException;
import org.interposer.api.state.StateException;
import org.interposer.api.state.StateRecord;
import org.interposer.frontend.virtio.Features;
import org.interposer.frontend.virtio.testkit.FakeHost;
import org.interposer.frontend.virtio.testkit.FakeMemory;
import org.interposer.frontend.virtio.testkit.GuestRing.Part;
import org.interposer.frontend.virtio.testkit.VirtioDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class VirtioBlkTest {
    private static final long ALL =
            BlkRegisters.FLUSH
                    | BlkRegisters.DISCARD
                    | BlkRegisters.WRITE_ZEROES
                    | BlkRegisters.MULTI_QUEUE
                    | Features.INDIRECT_DESC
                    | Features.EVENT_IDX;

    private final FakeMemory memory = new FakeMemory(16 << 20);
    private final List<String> swaps = new ArrayList<>();
    private FakePort port = new FakePort(2048);
    private final FakeHost host =
            new FakeHost(
                    memory,
                    spec -> {
                        if (spec.chain().contains("missing")) {
                            throw new DeviceException("no stage 'missing'");
                        }
                        return port;
                    });
    private VirtioBlk device = device(settings(1));
    private BlkGuest guest;

    static BlkSettings settings(int queues) {
        return new BlkSettings(
                "m",
                "disk0",
                List.of("file0"),
                queues,
                BlkGuest.QUEUE_SIZE,
                "SERIAL-0001",
                PortPolicy.DEFAULT,
                0,
                OptionalInt.empty());
    }

    private VirtioBlk device(BlkSettings settings) {
        return new VirtioBlk(settings, (machine, id, chain) -> swaps.add(id + chain));
    }

    private void start(int queues, long features) throws DeviceException {
        device = device(settings(queues));
        plug();
        guest.driver.start(memory, BlkGuest.RINGS, queues, BlkGuest.QUEUE_SIZE, features);
    }

    private void start() throws DeviceException {
        start(1, ALL & ~BlkRegisters.MULTI_QUEUE & ~Features.EVENT_IDX);
    }

    private void plug() throws DeviceException {
        device.realize(host);
        host.function().guest().setConfig(4, 2, 4);
        guest = new BlkGuest(memory, new VirtioDriver(host.function().guest()));
    }

    @AfterEach
    void unplug() {
        device.unrealize();
        device.unrealize();
        assertEquals(List.of(), host.failures());
        assertTrue(host.threads().stream().noneMatch(Thread::isAlive));
    }

    private byte[] pattern(long address, int bytes, int seed) {
        byte[] data = new byte[bytes];
        new Random(seed).nextBytes(data);
        memory.poke(address, data);
        return data;
    }

    private byte[] onDisk(int sector, int bytes) {
        return Arrays.copyOfRange(port.disk(), sector * 512, sector * 512 + bytes);
    }

    @Test
    void whatIsWrittenIsReadBack() throws DeviceException {
        start();
        byte[] data = pattern(BlkGuest.DATA, 8192, 1);
        assertEquals(0, guest.write(100, BlkGuest.DATA, 8192));
        assertArrayEquals(data, onDisk(100, 8192));
        assertEquals(0, guest.read(100, BlkGuest.DATA + 0x10000, 8192));
        assertArrayEquals(data, memory.peek(BlkGuest.DATA + 0x10000, 8192));
        assertEquals(0, guest.flush());
        assertEquals(List.of("WRITE 100+16", "READ 100+16", "FLUSH 0+0"), port.operations);
        assertEquals(1, device.metrics().get("queue0.reads"));
        assertEquals(0, device.metrics().get("queue0.failed"));
    }

    @Test
    void aRequestMayBeCutIntoDescriptorsAnyhow() throws DeviceException {
        start();
        byte[] data = pattern(BlkGuest.DATA, 1024, 2);
        guest.head(0, BlkParser.OUT, 7);
        long header = BlkGuest.header(0);
        memory.poke(header + 16, Arrays.copyOf(data, 3));
        assertEquals(
                0,
                guest.run(
                        Part.out(header, 5),
                        Part.out(header + 5, 14),
                        Part.out(BlkGuest.DATA + 3, 600),
                        Part.out(BlkGuest.DATA + 603, 421),
                        BlkGuest.tail(0)));
        assertArrayEquals(data, onDisk(7, 1024));

        guest.head(0, BlkParser.IN, 7);
        long in = BlkGuest.DATA + 0x1_0000;
        assertEquals(
                0,
                guest.run(
                        Part.out(header, 16),
                        Part.in(in, 1),
                        Part.in(in + 1, 1022),
                        Part.in(BlkGuest.status(0) - 1, 2)));
        assertArrayEquals(Arrays.copyOf(data, 1023), memory.peek(in, 1023));
        assertEquals(data[1023], memory.peek(BlkGuest.status(0) - 1, 1)[0]);
    }

    @Test
    void theConfigurationShowsTheDisk() throws DeviceException {
        start(2, ALL);
        assertEquals(2048, guest.driver.config(0, 8));
        assertEquals(BlkGuest.QUEUE_SIZE - 2, guest.driver.config(12, 4));
        assertEquals(512, guest.driver.config(20, 4));
        assertEquals(3, guest.driver.config(24, 1), "4 KiB physical blocks");
        assertEquals(8, guest.driver.config(26, 2));
        assertEquals(128, guest.driver.config(28, 4), "64 KiB optimal");
        assertEquals(2, guest.driver.config(34, 2));
        assertTrue(Features.has(guest.driver.offered(), ALL));
        assertEquals("virtio-blk 1.0, 1 MiB, 2 queues of 16", device.describe());
    }

    @Test
    void theSerialNumberIsTwentyBytes() throws DeviceException {
        start();
        assertEquals(
                0,
                guest.run(
                        guest.head(0, BlkParser.GET_ID, 0),
                        Part.in(BlkGuest.DATA, 20),
                        BlkGuest.tail(0)));
        assertEquals(
                "SERIAL-0001\0\0\0\0\0\0\0\0\0",
                new String(memory.peek(BlkGuest.DATA, 20), StandardCharsets.US_ASCII));
    }

    @Test
    void impossibleRequestsEndWithAnErrorAndTheDeviceGoesOn() throws DeviceException {
        start();
        assertEquals(1, guest.read(2048, BlkGuest.DATA, 512), "behind the end");
        assertEquals(1, guest.read(2047, BlkGuest.DATA, 1024), "across the end");
        assertEquals(1, guest.read(-1, BlkGuest.DATA, 512), "negative");
        assertEquals(1, guest.read(Long.MAX_VALUE, BlkGuest.DATA, 512), "overflow");
        assertEquals(1, guest.read(0, BlkGuest.DATA, 511), "not whole sectors");
        assertEquals(1, guest.write(2048, BlkGuest.DATA, 512));
        assertEquals(2, guest.run(guest.head(0, 99, 0), BlkGuest.tail(0)), "unknown type");
        guest.head(0, BlkParser.IN, 0);
        assertEquals(
                1, guest.run(Part.out(BlkGuest.header(0), 15), BlkGuest.tail(0)), "half a header");
        assertEquals(List.of(), port.operations);
        assertEquals(0, guest.read(0, BlkGuest.DATA, 512));
        assertFalse(guest.driver.needsReset());
        assertEquals(8, device.metrics().get("queue0.failed"));
    }

    @Test
    void aRequestWithoutRoomForItsStatusNeedsAReset() throws DeviceException {
        start();
        guest.ring().add(guest.head(0, BlkParser.FLUSH, 0));
        guest.driver.kick(0);
        await(guest.driver::needsReset, "needs reset");
    }

    @Test
    void errorsOfTheChainReachTheGuest() throws DeviceException {
        start();
        port.outcome = BlockStatus.IO_ERROR;
        assertEquals(1, guest.read(0, BlkGuest.DATA, 512));
        port.outcome = BlockStatus.UNSUPPORTED;
        assertEquals(2, guest.flush());
    }

    @Test
    void aReadOnlyDiskSaysSoAndFailsWrites() throws DeviceException {
        port = new FakePort(2048, true);
        start(1, BlkRegisters.FLUSH | BlkRegisters.READ_ONLY | Features.INDIRECT_DESC);
        assertTrue(Features.has(guest.driver.offered(), BlkRegisters.READ_ONLY));
        assertFalse(Features.has(guest.driver.offered(), BlkRegisters.DISCARD));
        assertEquals(1, guest.write(0, BlkGuest.DATA, 512));
        assertEquals(List.of(), port.operations);
        assertEquals(0, guest.read(0, BlkGuest.DATA, 512));
    }

    @Test
    void rangesAreDoneOneAfterTheOther() throws DeviceException {
        start();
        Arrays.fill(port.disk(), (byte) 7);
        assertEquals(
                0,
                guest.ranges(
                        BlkParser.WRITE_ZEROES,
                        new long[] {0, 1, 0},
                        new long[] {10, 2, 1},
                        new long[] {2047, 1, 0}));
        assertEquals(
                List.of("WRITE_ZEROES 0+1", "WRITE_ZEROES 10+2", "WRITE_ZEROES 2047+1"),
                port.operations);
        assertEquals(0, port.disk()[11 * 512 + 511]);
        assertEquals(7, port.disk()[12 * 512]);
        assertEquals(0, guest.ranges(BlkParser.DISCARD, new long[] {4, 4, 0}));
    }

    @Test
    void impossibleRangesAreRefusedBeforeTheFirstIsDone() throws DeviceException {
        start();
        long[] good = {0, 1, 0};
        assertEquals(2, guest.ranges(BlkParser.DISCARD, good, new long[] {0, 1, 1}), "unmap");
        assertEquals(2, guest.ranges(BlkParser.WRITE_ZEROES, good, new long[] {0, 1, 2}), "flag");
        assertEquals(1, guest.ranges(BlkParser.DISCARD, good, new long[] {2048, 1, 0}), "end");
        assertEquals(1, guest.ranges(BlkParser.DISCARD, new long[] {0, 1L << 23, 0}), "too long");
        assertEquals(1, guest.run(guest.head(0, BlkParser.DISCARD, 0), BlkGuest.tail(0)), "none");
        assertEquals(
                1,
                guest.run(
                        guest.head(0, BlkParser.DISCARD, 0),
                        Part.out(BlkGuest.header(0) + 16, 17),
                        BlkGuest.tail(0)),
                "cut off");
        long[][] many = new long[BlkRegisters.MAX_RANGES + 1][];
        Arrays.fill(many, good);
        assertEquals(1, guest.ranges(BlkParser.DISCARD, many));
        assertEquals(List.of(), port.operations);
    }

    @Test
    void whatWasNotNegotiatedIsNotSupported() throws DeviceException {
        start(1, BlkRegisters.FLUSH);
        assertEquals(2, guest.ranges(BlkParser.DISCARD, new long[] {0, 1, 0}));
    }

    @Test
    void aDriverThatCannotFlushGetsDurableWrites() throws DeviceException {
        start(1, Features.INDIRECT_DESC);
        assertEquals(0, guest.write(5, BlkGuest.DATA, 512));
        assertEquals(List.of("WRITE 5+1", "FLUSH 0+0"), port.operations);
    }

    @Test
    void theDriverCanSwitchTheWriteCacheOff() throws DeviceException {
        start(1, BlkRegisters.FLUSH | BlkRegisters.CONFIG_WCE | Features.INDIRECT_DESC);
        assertEquals(1, guest.driver.config(32, 1));
        guest.write(5, BlkGuest.DATA, 512);
        guest.driver.write(4, 32, 1, 0);
        assertEquals(0, guest.driver.config(32, 1));
        guest.write(6, BlkGuest.DATA, 512);
        assertEquals(List.of("WRITE 5+1", "WRITE 6+1", "FLUSH 0+0"), port.operations);
    }

    @Test
    void aBatchIsOneKickAndOneInterrupt() throws DeviceException {
        start();
        device.quiesce();
        for (int i = 0; i < 10; i++) {
            guest.transfer(0, i, true, i, BlkGuest.DATA, 512);
        }
        device.resume();
        await(() -> guest.ring().usedIndex() == 10, "all done");
        await(() -> host.function().messages(1) == 1, "one interrupt");
        assertEquals(1, port.kicks.get());
        assertEquals(1, device.metrics().get("queue0.batches"));
    }

    @Test
    void completionsOfOtherThreadsReachEveryQueue() throws DeviceException {
        port.quiet = true;
        port.startThreads(3);
        start(2, ALL);
        int[] sent = new int[2];
        int[] done = new int[2];
        while (done[0] + done[1] < 20_000) {
            for (int q = 0; q < 2; q++) {
                while (guest.driver.ring(q).free() > 0 && sent[q] < 10_000) {
                    int slot = q * 32 + sent[q] % 32;
                    guest.transfer(q, slot, false, sent[q] % 2000, BlkGuest.DATA + slot * 512, 512);
                    sent[q]++;
                }
                guest.driver.kick(q);
                while (guest.driver.ring(q).poll().isPresent()) {
                    done[q]++;
                }
            }
        }
        assertEquals(10_000, device.metrics().get("queue1.reads"));
        assertEquals(0, device.metrics().get("queue0.failed"));
    }

    @Test
    void whileThePortHoldsRequestsWaitInTheGuestsRing() throws DeviceException {
        start();
        port.held = true;
        for (int i = 0; i < 8; i++) {
            guest.transfer(0, i, true, i, BlkGuest.DATA, 512);
        }
        guest.driver.kick(0);
        await(() -> device.metrics().get("queue0.stalls") > 0, "stall");
        assertEquals(0, guest.ring().usedIndex());
        device.quiesce();
        device.resume();
        assertEquals(0, guest.ring().usedIndex());

        port.release();
        await(() -> guest.ring().usedIndex() == 8, "all done after the hold");
        for (int i = 0; i < 8; i++) {
            assertEquals(0, guest.statusOf(i));
        }
        assertEquals("WRITE 0+1", port.operations.get(0));
        assertEquals("WRITE 7+1", port.operations.get(7));
    }

    @Test
    void rangesThatAHoldInterruptsGoOnAfterIt() throws DeviceException {
        port.mode = FakePort.Mode.KEEP;
        start();
        guest.ring()
                .add(
                        guest.rangesParts(
                                0, BlkParser.DISCARD, new long[] {1, 1, 0}, new long[] {5, 1, 0}));
        guest.driver.kick(0);
        await(() -> port.keptCount() == 1, "first range");
        port.held = true;
        port.finishOne();
        await(() -> device.metrics().get("queue0.stalls") > 0, "stall");
        assertEquals(0, guest.ring().usedIndex());
        port.mode = FakePort.Mode.INLINE;
        port.release();
        guest.driver.awaitUsed(0);
        assertEquals(0, guest.statusOf(0));
        assertEquals(List.of("DISCARD 1+1", "DISCARD 5+1"), port.operations);
    }

    @Test
    void aResetMidFlightWaitsForTheDisk() throws DeviceException {
        port.mode = FakePort.Mode.KEEP;
        start();
        guest.transfer(0, 0, false, 0, BlkGuest.DATA, 512);
        guest.driver.kick(0);
        await(() -> port.keptCount() == 1, "in flight");
        guest.driver.common(0x14, 1, 0);
        assertTrue(guest.driver.status() != 0);
        port.finishOne();
        await(() -> guest.driver.status() == 0, "reset");
        port.mode = FakePort.Mode.INLINE;
        guest.driver.start(memory, BlkGuest.RINGS, 1, BlkGuest.QUEUE_SIZE, Features.INDIRECT_DESC);
        assertEquals(0, guest.read(0, BlkGuest.DATA, 512));
    }

    @Test
    void aLargerDiskInterruptsTheGuest() throws DeviceException {
        start();
        port.grow(4096);
        assertEquals(4096, guest.driver.config(0, 8));
        assertEquals(1, host.function().messages(0));
        assertEquals(1, guest.read(4096, BlkGuest.DATA, 512));
    }

    @Test
    void theSuccessorGoesOnMidFlight() throws DeviceException {
        port.mode = FakePort.Mode.KEEP;
        start(2, ALL);
        guest.ring().interruptAtNext();
        guest.ring()
                .add(
                        guest.rangesParts(
                                0, BlkParser.DISCARD, new long[] {1, 1, 0}, new long[] {5, 1, 0}));
        guest.driver.kick(0);
        await(() -> port.keptCount() == 1, "first range");
        port.held = true;
        guest.transfer(0, 1, true, 33, BlkGuest.DATA, 512);
        guest.transfer(1, 2, true, 34, BlkGuest.DATA, 512);
        guest.driver.kick(0);
        guest.driver.kick(1);
        port.finishOne();
        device.quiesce();
        StateRecord state = device.save();
        device.unrealize();

        port = new FakePort(4096);
        device = device(settings(2));
        device.realize(host);
        device.quiesce();
        device.restore(state);
        guest = new BlkGuest(memory, guest.driver.movedTo(host.function().guest()));
        device.resume();
        await(() -> guest.driver.ring(0).usedIndex() == 2, "both on queue 0");
        await(() -> guest.driver.ring(1).usedIndex() == 1, "one on queue 1");
        for (int slot = 0; slot < 3; slot++) {
            assertEquals(0, guest.statusOf(slot));
        }
        assertTrue(
                port.operations.containsAll(
                        List.of("DISCARD 1+1", "DISCARD 5+1", "WRITE 33+1", "WRITE 34+1")));
        assertEquals(4096, guest.driver.config(0, 8), "and sees the larger disk");
        assertEquals(1, host.function().messages(0));
    }

    @Test
    void theOperatorsHoldGoesOnWithTheSuccessor() throws DeviceException {
        start();
        port.hold();
        guest.transfer(0, 1, true, 34, BlkGuest.DATA, 512);
        guest.driver.kick(0);
        device.quiesce();
        StateRecord state = device.save();
        device.unrealize();

        port = new FakePort(2048);
        device = device(settings(1));
        device.realize(host);
        device.quiesce();
        device.restore(state);
        guest = new BlkGuest(memory, guest.driver.movedTo(host.function().guest()));
        device.resume();
        assertTrue(port.heldByOperator());
        assertEquals(List.of(), port.operations);
        port.release();
        await(() -> guest.driver.ring(0).usedIndex() == 1, "what waited");
        assertEquals(List.of("WRITE 34+1"), port.operations);
    }

    @Test
    void aSmallerDiskIsNoSuccessor() throws DeviceException {
        start();
        device.quiesce();
        StateRecord state = device.save();
        device.unrealize();
        port = new FakePort(1024);
        device = device(settings(1));
        device.realize(host);
        device.quiesce();
        String why = assertThrows(StateException.class, () -> device.restore(state)).getMessage();
        assertTrue(why.contains("large enough"), why);
    }

    @Test
    void aPortThatDoesNotOpenIsToldAndLeavesNothing() {
        VirtioBlk broken = device(settings(1).with(List.of("missing")));
        assertThrows(DeviceException.class, () -> broken.realize(host));
        assertTrue(host.threads().isEmpty());
    }

    @Test
    void unpluggingWithRequestsInFlightEnds() throws DeviceException {
        port.mode = FakePort.Mode.KEEP;
        start();
        guest.transfer(0, 0, false, 0, BlkGuest.DATA, 512);
        guest.driver.kick(0);
        await(() -> port.keptCount() == 1, "in flight");
        device.unrealize();
        assertTrue(port.closed);
    }

    @Test
    void aNewChainIsSwappedInAndTheRestWaitsForTheNextStart() throws DeviceException {
        device.modified(settings(1).with(List.of("a", "b")), 0);
        assertEquals(List.of(), swaps, "nothing to swap before it is plugged in");
        plug();
        device.modified(settings(1).with(List.of("meter", "b")), 0);
        assertEquals(List.of("disk0[meter, b]"), swaps);
        device.modified(settings(2).with(List.of("meter", "b")), 0);
        assertEquals(1, swaps.size());
        assertTrue(device.describe().endsWith("1 queue of 16"), "as the guest sees it");
        device.unrealize();
        assertTrue(device.describe().endsWith("2 queues of 16"), "as the next start makes it");
    }

    @Test
    void aChainThatACommandHasPutIntoServiceIsNotSwappedInAgain() throws DeviceException {
        plug();
        device.modified(settings(1).with(List.of("meter", "b")), 7);
        assertEquals(List.of(), swaps);
        device.modified(settings(1).with(List.of("c")), 7);
        assertEquals(List.of("disk0[c]"), swaps, "the same stamp: somebody wants it changed");
    }

    @Test
    void settingsThatCannotBeAreRefusedWithTheWayOut() {
        BlkSettings good = settings(1);
        String why =
                assertThrows(IllegalArgumentException.class, () -> good.with(List.of()))
                        .getMessage();
        assertEquals("disk0: chain is empty: name at least a back-end", why);
        assertThrows(IllegalArgumentException.class, () -> settings(65));
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        new BlkSettings(
                                "m",
                                "d",
                                List.of("f"),
                                1,
                                48,
                                "",
                                PortPolicy.DEFAULT,
                                0,
                                OptionalInt.empty()));
    }

    @Test
    void aConfigurationFillsInWhatItDoesNotSay() {
        BlkConfig config = Configs.of("m", "disk0", "meter0, file0");
        BlkSettings settings = BlkSettings.of(config);
        assertEquals(List.of("meter0", "file0"), settings.chain());
        assertEquals("disk0", settings.serial());
        int processors = Runtime.getRuntime().availableProcessors();
        assertEquals(1, settings.on(1).queues());
        assertEquals(Math.min(2, processors), settings.on(2).queues());
        assertEquals(Math.min(4, processors), settings.on(64).queues());
        assertEquals(3, settings(3).on(1).queues());
        assertEquals(PortPolicy.DEFAULT, settings.policy());
        String why =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> BlkSettings.of(Configs.of(null, "disk0", "f")))
                        .getMessage();
        assertEquals("disk0: id or machine is missing: set both", why);
    }
}
