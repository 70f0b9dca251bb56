package org.interposer.api.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * What every {@link BlockBackend} keeps. A back-end's own test class extends this and says how to
 * open one; whatever it opens is closed after each test.
 */
public abstract class BlockBackendContract {
    /** The least number of sectors the disk of {@link #open} must have. */
    protected static final long SECTORS = 32_768;

    private final Random random = new Random(20_261_123);
    private final java.util.List<BlockBackend> opened = new java.util.ArrayList<>();

    /** A writable disk of at least {@link #SECTORS} sectors, whatever its content. */
    protected abstract BlockBackend open() throws Exception;

    /**
     * The same disk opened once more after it was closed; empty where the content ends with it. A
     * test that needs it is skipped then.
     */
    protected Optional<BlockBackend> reopen() throws Exception {
        return Optional.empty();
    }

    /** A disk that may not be written; empty where there is no such thing. */
    protected Optional<BlockBackend> openReadOnly() throws Exception {
        return Optional.empty();
    }

    /** Bytes a request may allocate on average; a measurement's noise. */
    protected double allocationLimit() {
        return 0.5;
    }

    @AfterEach
    final void closeAll() {
        opened.forEach(BlockBackend::close);
    }

    private BlockBackend disk() throws Exception {
        return kept(open());
    }

    private BlockBackend kept(BlockBackend backend) {
        opened.add(backend);
        return backend;
    }

    @Test
    void hasAGeometryThatMakesSense() throws Exception {
        BlockGeometry g = disk().geometry();
        assertTrue(g.sectors() >= SECTORS, g.toString());
        assertTrue(g.logicalBlock() == 512 || g.logicalBlock() == 4096, g.toString());
        assertTrue(g.physicalBlock() >= g.logicalBlock(), g.toString());
        assertEquals(0, g.sectors() % (g.logicalBlock() / 512), g.toString());
    }

    @Test
    void readsBackWhatWasWritten() throws Exception {
        BlockBackend disk = disk();
        for (int sectors : new int[] {8, 16, 64, 256, 2048}) {
            long at = 8L * random.nextInt(1000);
            write(disk, at, sectors, 1);
            assertSectors(disk, at, sectors, 1);
        }
    }

    @Test
    void readsAndWritesTheLastSectors() throws Exception {
        BlockBackend disk = disk();
        long at = disk.geometry().sectors() - 8;
        write(disk, at, 8, 7);
        assertSectors(disk, at, 8, 7);
    }

    @Test
    void leavesTheNeighboursOfAWriteAlone() throws Exception {
        BlockBackend disk = disk();
        write(disk, 64, 64, 1);
        write(disk, 80, 8, 2);
        assertSectors(disk, 64, 16, 1);
        assertSectors(disk, 80, 8, 2);
        assertSectors(disk, 88, 40, 1);
    }

    @Test
    void scattersAndGathersSlicesOfAnySize() throws Exception {
        BlockBackend disk = disk();
        TestMemory memory = new TestMemory(1 << 20);
        TestRequest r = new TestRequest(64);
        for (int round = 1; round <= 50; round++) {
            int sectors = 8 * (1 + random.nextInt(30));
            int start = random.nextInt(4096);
            for (int i = 0; i < sectors; i++) {
                SectorPattern.fill(memory.buffer(), start + i * 512, i, round);
            }
            r.start(BlockOperation.WRITE, 0, sectors);
            int pieces = 1 + random.nextInt(40);
            memory.odd(r.request().data(), start, sectors * 512, pieces, random);
            assertEquals(BlockStatus.OK, r.run(disk));
            int to = random.nextInt(4096);
            r.start(BlockOperation.READ, 0, sectors);
            memory.odd(r.request().data(), to, sectors * 512, 1 + random.nextInt(40), random);
            assertEquals(BlockStatus.OK, r.run(disk));
            for (int i = 0; i < sectors; i++) {
                assertEquals("", SectorPattern.check(memory.buffer(), to + i * 512, i, round));
            }
        }
    }

    @Test
    void takesMoreSlicesThanOneSystemCallDoes() throws Exception {
        BlockBackend disk = disk();
        int sectors = 1200;
        TestMemory memory = new TestMemory(sectors * 512);
        TestRequest r = new TestRequest(2 * sectors);
        for (int i = 0; i < sectors; i++) {
            SectorPattern.fill(memory.buffer(), i * 512, i, 3);
        }
        r.start(BlockOperation.WRITE, 0, sectors);
        for (int i = 0; i < 2 * sectors; i++) {
            memory.slice(r.request().data(), i * 256, 256);
        }
        assertEquals(BlockStatus.OK, r.run(disk));
        assertSectors(disk, 0, sectors, 3);
    }

    @Test
    void writesOnlyIntoTheSlicesOfARead() throws Exception {
        BlockBackend disk = disk();
        write(disk, 0, 8, 1);
        TestMemory memory = new TestMemory(16 * 512);
        TestRequest r = new TestRequest(2);
        r.start(BlockOperation.READ, 0, 8);
        memory.slice(r.request().data(), 512, 1000);
        memory.slice(r.request().data(), 2000, 8 * 512 - 1000);
        assertEquals(BlockStatus.OK, r.run(disk));
        for (int i = 0; i < 512; i++) {
            assertEquals(0, memory.buffer().get(i));
        }
        for (int i = 1512; i < 2000; i++) {
            assertEquals(0, memory.buffer().get(i));
        }
        assertEquals(0, memory.buffer().get(2000 + 8 * 512 - 1000));
    }

    @Test
    void endsRequestsThatDoNotFitWithAnErrorAndDoesNothing() throws Exception {
        BlockBackend disk = disk();
        long end = disk.geometry().sectors();
        write(disk, end - 8, 8, 5);
        long[][] ranges = {
            {end, 8},
            {end - 1, 2},
            {end - 4, 8},
            {Long.MAX_VALUE, 8},
            {Long.MAX_VALUE - 3, 8},
            {-8, 8},
            {-1, 1},
            {Long.MIN_VALUE, 8},
            {1L << 55, 8}
        };
        TestMemory memory = new TestMemory(8 * 512);
        TestRequest r = new TestRequest(1);
        for (BlockOperation operation : BlockOperation.values()) {
            for (long[] range : ranges) {
                if (operation == BlockOperation.FLUSH) {
                    continue;
                }
                r.start(operation, range[0], range[1]);
                memory.slice(r.request().data(), 0, (int) range[1] * 512);
                assertEquals(
                        BlockStatus.IO_ERROR,
                        r.run(disk),
                        operation + " of " + range[1] + " at " + range[0]);
            }
        }
        for (long count : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 55}) {
            r.start(BlockOperation.WRITE_ZEROES, 0, count);
            assertEquals(BlockStatus.IO_ERROR, r.run(disk), "zeroes of " + count + " sectors");
            r.start(BlockOperation.DISCARD, 8, count);
            assertEquals(BlockStatus.IO_ERROR, r.run(disk), "discard of " + count + " sectors");
        }
        assertSectors(disk, end - 8, 8, 5);
    }

    @Test
    void endsRequestsWhoseDataDoesNotMatchTheirSectorsWithAnError() throws Exception {
        BlockBackend disk = disk();
        TestMemory memory = new TestMemory(16 * 512);
        TestRequest r = new TestRequest(1);
        for (int bytes : new int[] {7 * 512, 9 * 512, 8 * 512 - 1, 1}) {
            r.start(BlockOperation.READ, 0, 8);
            memory.slice(r.request().data(), 0, bytes);
            assertEquals(BlockStatus.IO_ERROR, r.run(disk), bytes + " bytes for 8 sectors");
        }
    }

    @Test
    void completesARequestForNothing() throws Exception {
        BlockBackend disk = disk();
        TestRequest r = new TestRequest(1);
        for (BlockOperation operation : BlockOperation.values()) {
            r.start(operation, 0, 0);
            assertEquals(BlockStatus.OK, r.run(disk), operation + " of 0 sectors");
        }
    }

    @Test
    void refusesToChangeAReadOnlyDisk() throws Exception {
        Optional<BlockBackend> opening = openReadOnly();
        Assumptions.assumeTrue(opening.isPresent(), "no read-only disk of this kind");
        BlockBackend disk = kept(opening.get());
        assertTrue(disk.geometry().readOnly());
        TestMemory memory = new TestMemory(8 * 512);
        TestRequest r = new TestRequest(1);
        r.start(BlockOperation.READ, 0, 8);
        memory.slice(r.request().data(), 0, 8 * 512);
        assertEquals(BlockStatus.OK, r.run(disk));
        byte[] before = new byte[8 * 512];
        memory.buffer().get(0, before);
        for (int i = 0; i < 8 * 512; i++) {
            memory.buffer().put(i, (byte) ~before[i]);
        }
        r.start(BlockOperation.WRITE, 0, 8);
        memory.slice(r.request().data(), 0, 8 * 512);
        assertEquals(BlockStatus.UNSUPPORTED, r.run(disk));
        r.start(BlockOperation.WRITE_ZEROES, 0, 8);
        assertEquals(BlockStatus.UNSUPPORTED, r.run(disk));
        r.start(BlockOperation.DISCARD, 0, 8);
        assertEquals(BlockStatus.UNSUPPORTED, r.run(disk));
        r.start(BlockOperation.FLUSH, 0, 0);
        assertEquals(BlockStatus.OK, r.run(disk));
        r.start(BlockOperation.READ, 0, 8);
        memory.slice(r.request().data(), 0, 8 * 512);
        assertEquals(BlockStatus.OK, r.run(disk));
        byte[] after = new byte[8 * 512];
        memory.buffer().get(0, after);
        org.junit.jupiter.api.Assertions.assertArrayEquals(before, after);
    }

    @Test
    void zeroesExactlyTheSectorsAskedFor() throws Exception {
        BlockBackend disk = disk();
        int step = disk.geometry().logicalBlock() / 512;
        for (boolean unmap : new boolean[] {false, true}) {
            write(disk, 0, 1024, 1);
            TestRequest r = new TestRequest(1);
            r.start(BlockOperation.WRITE_ZEROES, 3L * step, 301L * step).unmap(unmap);
            assertEquals(BlockStatus.OK, r.run(disk));
            assertSectors(disk, 0, 3 * step, 1);
            assertSectors(disk, 3L * step, 301 * step, 0);
            int end = 304 * step;
            assertSectors(disk, end, 1024 > end ? 1024 - end : 8, 1024 > end ? 1 : 0);
        }
    }

    @Test
    void discardsWithoutTouchingTheNeighbours() throws Exception {
        BlockBackend disk = disk();
        write(disk, 0, 4096, 1);
        TestRequest r = new TestRequest(1);
        r.start(BlockOperation.DISCARD, 8, 2048);
        assertEquals(BlockStatus.OK, r.run(disk));
        assertSectors(disk, 0, 8, 1);
        assertSectors(disk, 2056, 2040, 1);
        write(disk, 16, 64, 2);
        assertSectors(disk, 16, 64, 2);
    }

    @Test
    void keepsWhatWasFlushed() throws Exception {
        BlockBackend disk = disk();
        write(disk, 0, 64, 9);
        TestRequest r = new TestRequest(1);
        r.start(BlockOperation.FLUSH, 0, 0);
        assertEquals(BlockStatus.OK, r.run(disk));
        disk.close();
        Optional<BlockBackend> again = reopen();
        Assumptions.assumeTrue(again.isPresent(), "the content ends with the stage");
        assertSectors(kept(again.get()), 0, 64, 9);
    }

    @Test
    void servesSeveralThreadsWithDeepQueues() throws Exception {
        BlockBackend disk = disk();
        VerifiedLoad load = new VerifiedLoad(VerifiedLoad.on(disk), 128, 4, 8, 42);
        load.start();
        Thread.sleep(600);
        VerifiedLoad.Result result = load.stop();
        assertTrue(result.clean(), result.toString());
        assertNotEquals(0, result.completed());
    }

    @Test
    void completesEverythingOnceWhenItIsClosedUnderLoad() throws Exception {
        BlockBackend disk = disk();
        int count = 200;
        TestMemory memory = new TestMemory(count * 4096);
        TestRequest[] requests = new TestRequest[count];
        for (int i = 0; i < count; i++) {
            requests[i] = new TestRequest(1);
            requests[i].start(BlockOperation.READ, 8L * i, 8);
            memory.slice(requests[i].request().data(), i * 4096, 4096);
        }
        Thread submitter =
                new Thread(
                        () -> {
                            for (TestRequest r : requests) {
                                disk.submit(r.request());
                                disk.kick();
                            }
                        });
        submitter.start();
        disk.close();
        ByteBuffer copy = ByteBuffer.allocate(count * 4096);
        copy.put(0, memory.buffer(), 0, count * 4096);
        submitter.join();
        int ok = 0;
        for (TestRequest r : requests) {
            BlockStatus status = r.await();
            assertTrue(status == BlockStatus.OK || status == BlockStatus.LOST, status.toString());
            ok += status == BlockStatus.OK ? 1 : 0;
        }
        assertTrue(ok <= count);
        Thread.sleep(20);
        assertEquals(
                -1,
                copy.mismatch(memory.buffer().slice(0, count * 4096)),
                "memory was touched after close had returned");
    }

    @Test
    void losesWhatComesAfterItsEnd() throws Exception {
        BlockBackend disk = disk();
        disk.close();
        disk.close();
        TestMemory memory = new TestMemory(4096);
        TestRequest r = new TestRequest(1);
        r.start(BlockOperation.READ, 0, 8);
        memory.slice(r.request().data(), 0, 4096);
        assertEquals(BlockStatus.LOST, r.run(disk));
        r.start(BlockOperation.FLUSH, 0, 0);
        assertEquals(BlockStatus.LOST, r.run(disk));
    }

    @Test
    void allocatesNothingForARequest() throws Exception {
        BlockBackend disk = disk();
        TestMemory memory = new TestMemory(64 * 1024);
        TestRequest r = new TestRequest(4);
        write(disk, 0, 128, 1);
        int warmUp = 20_000;
        int measured = 20_000;
        hot(disk, r, memory, warmUp);
        double best = Double.MAX_VALUE;
        for (int i = 0; i < 5 && best > allocationLimit(); i++) {
            long before = allocated();
            hot(disk, r, memory, measured);
            best = Math.min(best, (double) (allocated() - before) / measured);
        }
        assertTrue(best <= allocationLimit(), best + " bytes a request");
    }

    private static void hot(BlockBackend disk, TestRequest r, TestMemory memory, int count) {
        for (int i = 0; i < count; i++) {
            BlockOperation operation = i % 2 == 0 ? BlockOperation.READ : BlockOperation.WRITE;
            BlockRequest request = r.start(operation, i % 16, 8);
            if (i % 4 < 2) {
                memory.slice(request.data(), 0, 4096);
            } else {
                memory.slice(request.data(), 0, 1000);
                memory.slice(request.data(), 8192, 3096);
            }
            disk.submit(request);
            disk.kick();
            while (r.completions() == 0) {
                Thread.onSpinWait();
            }
        }
    }

    /** Bytes all live threads have allocated, without those that measuring itself needs. */
    private static long allocated() {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long sum = 0;
        for (long bytes : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
            sum += Math.max(0, bytes);
        }
        return sum;
    }

    private static void write(BlockBackend disk, long at, int sectors, long generation) {
        TestMemory memory = new TestMemory(sectors * 512);
        for (int i = 0; i < sectors; i++) {
            SectorPattern.fill(memory.buffer(), i * 512, at + i, generation);
        }
        TestRequest r = new TestRequest(1);
        r.start(BlockOperation.WRITE, at, sectors);
        memory.slice(r.request().data(), 0, sectors * 512);
        assertEquals(BlockStatus.OK, r.run(disk));
    }

    private static void assertSectors(BlockBackend disk, long at, int sectors, long generation) {
        TestMemory memory = new TestMemory(sectors * 512);
        for (int i = 0; i < sectors; i++) {
            memory.buffer().putLong(i * 512, ~0L);
        }
        TestRequest r = new TestRequest(1);
        r.start(BlockOperation.READ, at, sectors);
        memory.slice(r.request().data(), 0, sectors * 512);
        assertEquals(BlockStatus.OK, r.run(disk));
        for (int i = 0; i < sectors; i++) {
            assertEquals("", SectorPattern.check(memory.buffer(), i * 512, at + i, generation));
        }
    }
}
