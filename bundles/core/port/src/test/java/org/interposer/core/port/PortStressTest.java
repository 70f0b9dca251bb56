package org.interposer.core.port;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import org.interposer.api.block.BlockBackend;
import org.interposer.api.block.BlockCompletion;
import org.interposer.api.block.BlockGeometry;
import org.interposer.api.block.BlockOperation;
import org.interposer.api.block.BlockRequest;
import org.interposer.api.block.BlockStatus;
import org.interposer.api.block.PortListener;
import org.interposer.api.block.PortPolicy;
import org.interposer.api.block.SwapException;
import org.interposer.api.block.TestDisk;
import org.interposer.api.block.TestRequest;
import org.interposer.api.block.UnsteadyBackend;
import org.interposer.api.block.VerifiedLoad;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Four threads of verified writes while everything that can happen to a chain happens. */
class PortStressTest {
    private static final int THREADS = 4;
    private static final int DEPTH = 8;
    private static final int EVENTS = 250;

    private final byte[] content = new byte[(int) VerifiedLoad.sectors(THREADS, DEPTH) * 512];
    private final ConcurrentLinkedDeque<UnsteadyBackend> alive = new ConcurrentLinkedDeque<>();
    private final AtomicInteger opens = new AtomicInteger();
    private final FakeStages stages = new FakeStages();
    private final AtomicInteger meetings = new AtomicInteger();
    private BlockBackend user;
    private int using;

    @ParameterizedTest
    @ValueSource(longs = {1, 20_261_123})
    void nothingIsLostDoneTwiceCorruptedOrFailed(long seed) throws Exception {
        for (String id : List.of("a", "b", "p", "q")) {
            provide(id);
        }
        PortPolicy policy =
                new PortPolicy(
                        Duration.ZERO, PortPolicy.AfterLimit.KEEP_HOLDING, Duration.ofSeconds(20));
        try (PortBench bench = new PortBench(stages, policy, "a")) {
            VerifiedLoad load =
                    new VerifiedLoad(
                            new VerifiedLoad.Target() {
                                @Override
                                public boolean submit(BlockRequest request) {
                                    return bench.port.submit(request);
                                }

                                @Override
                                public void kick() {
                                    bench.port.kick();
                                }
                            },
                            0,
                            THREADS,
                            DEPTH,
                            seed);
            bench.port.listener(new Waker(load));
            load.start();
            int refused = chaos(bench, load, new Random(seed));
            VerifiedLoad.Result result = load.stop();
            assertTrue(result.clean(), "seed " + seed + ": " + result);
            assertEquals(0, meetings.get(), "requests in two back-ends at the same time");
            assertEquals(0, bench.control.status().failed());
            assertEquals(0, bench.control.status().inFlight());
            assertTrue(result.completed() > 1000, result.toString());
            assertTrue(refused < EVENTS / 2, refused + " changes were refused");
        }
    }

    /** Two threads change the chain, so that changes meet. */
    private int chaos(PortBench bench, VerifiedLoad load, Random random) throws Exception {
        AtomicInteger refused = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Random own = new Random(random.nextLong());
            boolean operator = i == 0;
            Thread t =
                    new Thread(
                            () -> {
                                for (int n = 0; n < EVENTS; n++) {
                                    if (operator) {
                                        refused.addAndGet(change(bench, own));
                                    } else {
                                        disturb(own);
                                    }
                                    pause(own.nextInt(8));
                                }
                            });
            threads.add(t);
            t.start();
        }
        for (Thread t : threads) {
            t.join(120_000);
            assertTrue(!t.isAlive(), "a change hangs: " + bench.control.status());
        }
        for (String id : List.of("a", "b", "p", "q")) {
            if (stages.find(id).isEmpty()) {
                provide(id);
            }
        }
        bench.control.release();
        PortBench.eventually("the port is open", () -> bench.control.status().hold().isEmpty());
        long before = load.completed();
        PortBench.eventually("the load goes on", () -> load.completed() > before + 100);
        return refused.get();
    }

    private int change(PortBench bench, Random random) {
        try {
            switch (random.nextInt(6)) {
                case 0, 1 -> bench.control.swap(randomChain(random));
                case 2 -> bench.control.insert(random.nextBoolean() ? "p" : "q", 0);
                case 3 -> bench.control.remove(random.nextBoolean() ? "p" : "q");
                case 4 -> {
                    bench.control.hold();
                    pause(random.nextInt(5));
                    bench.control.release();
                }
                default -> bench.control.replace("a", "b");
            }
            return 0;
        } catch (SwapException e) {
            return e.getMessage().contains("no stage")
                            || e.getMessage().contains("twice")
                            || e.getMessage().contains("ended with LOST")
                    ? 0
                    : 1;
        }
    }

    private static List<String> randomChain(Random random) {
        List<String> chain = new ArrayList<>();
        if (random.nextBoolean()) {
            chain.add("p");
        }
        if (random.nextBoolean()) {
            chain.add(random.nextInt(chain.size() + 1), "q");
        }
        chain.add(random.nextBoolean() ? "a" : "b");
        return chain;
    }

    private void disturb(Random random) {
        String id = List.of("a", "b", "p", "q").get(random.nextInt(4));
        if (random.nextInt(3) == 0) {
            UnsteadyBackend victim = alive.pollLast();
            if (victim != null) {
                victim.lose();
            }
        } else {
            stages.remove(id);
            pause(random.nextInt(10));
            provide(id);
        }
    }

    private void provide(String id) {
        if (id.equals("a") || id.equals("b")) {
            stages.backend(
                    id,
                    () -> {
                        TestDisk disk = new TestDisk(content, false);
                        UnsteadyBackend b =
                                new UnsteadyBackend(disk, opens.incrementAndGet(), 100_000);
                        alive.add(b);
                        return new Alone(b);
                    });
        } else {
            stages.interposer(id, PassStage::new);
        }
    }

    private static void pause(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Notices requests in a back-end while another one still has some: a swap without a drain. */
    private final class Alone implements BlockBackend {
        private final BlockBackend lower;

        Alone(BlockBackend lower) {
            this.lower = lower;
        }

        @Override
        public BlockGeometry geometry() {
            return lower.geometry();
        }

        @Override
        public void submit(BlockRequest request) {
            synchronized (meetings) {
                if (using > 0 && user != this) {
                    meetings.incrementAndGet();
                }
                user = this;
                using++;
            }
            request.push(this::ended, 0);
            lower.submit(request);
        }

        private void ended(BlockRequest request, BlockStatus status, long cookie) {
            synchronized (meetings) {
                using--;
            }
            request.complete(status);
        }

        @Override
        public void kick() {
            lower.kick();
        }

        @Override
        public void close() {
            lower.close();
        }
    }

    private record Waker(VerifiedLoad load) implements PortListener {
        @Override
        public void released() {
            load.wake();
        }

        @Override
        public void geometryChanged(BlockGeometry geometry) {}
    }

    @Test
    void allocatesNothingForARequest() throws Exception {
        stages.backend("a", PortBench::disk).interposer("pass", QuietStage::new);
        try (PortBench bench = new PortBench(stages, "pass", "a")) {
            TestRequest r = new TestRequest(1);
            for (int i = 0; i < 50_000; i++) {
                submit(bench, r);
            }
            var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
            long me = Thread.currentThread().getId();
            long before = threads.getThreadAllocatedBytes(me);
            for (int i = 0; i < 100_000; i++) {
                submit(bench, r);
            }
            long bytes = threads.getThreadAllocatedBytes(me) - before;
            assertTrue(bytes < 10_000, bytes + " bytes for 100000 requests");
        }
    }

    private static void submit(PortBench bench, TestRequest r) {
        bench.port.submit(r.start(BlockOperation.FLUSH, 0, 0));
        bench.port.kick();
    }

    /** Watches without a lambda of its own for each request. */
    private static final class QuietStage implements BlockBackend {
        private final BlockBackend lower;
        private final BlockCompletion up = (request, status, cookie) -> request.complete(status);

        QuietStage(BlockBackend lower) {
            this.lower = lower;
        }

        @Override
        public BlockGeometry geometry() {
            return lower.geometry();
        }

        @Override
        public void submit(BlockRequest request) {
            request.push(up, 0);
            lower.submit(request);
        }

        @Override
        public void kick() {
            lower.kick();
        }

        @Override
        public void close() {}
    }
}
