package org.interposer.core.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.interposer.api.memory.DirtyLog;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.memory.GuestMemoryFactory;
import org.interposer.api.memory.MemorySlices;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DirtyLogTest {
    private static final long GIB = 1L << 30;
    private static final long HIGH = GuestMemoryFactory.HIGH_RAM_START;

    private GuestMemory memory;
    private DirtyLog log;

    @BeforeEach
    void open() throws IOException {
        memory = new MappedGuestMemoryFactory().create("dirty", 4 * GIB);
        log = memory.dirtyLog();
    }

    @AfterEach
    void close() {
        memory.close();
    }

    private List<String> runs() {
        List<String> runs = new ArrayList<>();
        log.collect((address, length) -> runs.add("%x+%x".formatted(address, length)));
        return runs;
    }

    @Test
    void nothingIsKeptWhileOff() {
        log.mark(0, 4096);
        assertFalse(log.enabled());
        assertEquals(0, log.collect((a, l) -> {}));
        log.start();
        assertTrue(log.enabled());
        assertEquals(List.of(), runs());
    }

    @Test
    void anObserverLearnsOfEachWriteAlsoWhileNothingIsKept() {
        List<String> seen = new ArrayList<>();
        DirtyLog.Observer observer =
                (address, length) -> seen.add("%x+%x".formatted(address, length));
        log.addObserver(observer);
        assertTrue(log.enabled());
        memory.write(0xfff, new byte[2], 0, 2);
        memory.window(0x5000, 4096).orElseThrow().put16Release(8, 1);
        assertEquals(List.of("fff+2", "5008+2"), seen);
        assertEquals(0, log.collect((a, l) -> {}));
        log.removeObserver(observer);
        assertFalse(log.enabled());
        memory.write(0, new byte[1], 0, 1);
        assertEquals(2, seen.size());
    }

    @Test
    void everyWayToWriteIsSeenOnceAsRuns() {
        log.start();
        memory.write(0xfff, new byte[2], 0, 2);
        memory.window(0x5000, 4096).orElseThrow().put16Release(0, 1);
        MemorySlices slices = new MemorySlices(2);
        memory.slices(HIGH + 0x3000, 0x1001, slices);
        slices.markDirty(log);
        memory.discard(0x9000, 4096);
        assertEquals(List.of("0+2000", "5000+1000", "9000+1000", "100003000+2000"), runs());
        assertEquals(List.of(), runs());
    }

    @Test
    void runsDoNotCrossTheHoleAndMarksOutsideRamAreIgnored() {
        log.start();
        log.mark(0xBFFF_F000L, 0x4000_2000L);
        log.mark(0xC000_0000L, 4096);
        log.mark(-4096, 4096);
        log.mark(0, -1);
        log.mark(0, 0);
        log.mark(HIGH + GIB - 1, Long.MAX_VALUE);
        assertEquals(List.of("bffff000+1000", "100000000+1000", "13ffff000+1000"), runs());
    }

    @Test
    void collectionCountsThePagesOfLongRuns() {
        log.start();
        log.mark(0x1000, 200 * 4096);
        long[] seen = new long[1];
        assertEquals(200, log.collect((address, length) -> seen[0] += length));
        assertEquals(200 * 4096, seen[0]);
    }

    @Test
    void randomMarksMatchASimpleModel() {
        Random random = new Random(42);
        log.start();
        for (int round = 0; round < 20; round++) {
            BitSet model = new BitSet();
            for (int i = 0; i < 50; i++) {
                int page = random.nextInt(3000);
                int pages = 1 + random.nextInt(150);
                log.mark(page * 4096L + random.nextInt(4096) % 7, (pages - 1) * 4096L + 1);
                model.set(page, page + pages);
            }
            BitSet got = new BitSet();
            long count = log.collect((a, l) -> got.set((int) (a >> 12), (int) ((a + l) >> 12)));
            assertEquals(model, got);
            assertEquals(model.cardinality(), count);
        }
    }

    @Test
    void sourcesFollowStartAndStopAndAreAskedAtCollection() {
        List<String> calls = new ArrayList<>();
        DirtyLog.Source source =
                new DirtyLog.Source() {
                    @Override
                    public void start() {
                        calls.add("start");
                    }

                    @Override
                    public void stop() {
                        calls.add("stop");
                    }

                    @Override
                    public void flushTo(DirtyLog target) {
                        calls.add("flush");
                        target.mark(0x7000, 1);
                    }
                };
        log.addSource(source);
        log.start();
        assertEquals(List.of("7000+1000"), runs());
        log.stop();
        log.start();
        log.removeSource(source);
        assertEquals(List.of("7000+1000"), runs());
        assertEquals(List.of("start", "flush", "stop", "start", "flush", "stop"), calls);
    }

    @Test
    void concurrentMarksAreNotLost() throws InterruptedException {
        log.start();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            int first = t;
            threads.add(
                    new Thread(
                            () -> {
                                for (int page = first; page < 40_000; page += 4) {
                                    log.mark(page * 4096L, 1);
                                }
                            }));
        }
        threads.forEach(Thread::start);
        BitSet got = new BitSet();
        while (threads.stream().anyMatch(Thread::isAlive)) {
            log.collect((a, l) -> got.set((int) (a >> 12), (int) ((a + l) >> 12)));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        log.collect((a, l) -> got.set((int) (a >> 12), (int) ((a + l) >> 12)));
        assertEquals(40_000, got.cardinality());
    }
}
