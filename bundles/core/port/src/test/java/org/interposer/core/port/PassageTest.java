package org.interposer.core.port;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.interposer.api.block.BlockBackend;
import org.interposer.api.block.BlockGeometry;
import org.interposer.api.block.BlockOperation;
import org.interposer.api.block.BlockRequest;
import org.interposer.api.block.BlockStatus;
import org.interposer.api.block.SwapException;
import org.interposer.api.block.SwapReport;
import org.interposer.api.block.TestDisk;
import org.interposer.api.block.TestRequest;
import org.interposer.api.block.UnsteadyBackend;
import org.junit.jupiter.api.Test;

/** Who makes the pause of a change. */
class PassageTest {
    private static final long FOREVER = TimeUnit.MINUTES.toNanos(2);

    private final FakeStages stages = new FakeStages();
    private final TestDisk first = PortBench.disk();
    private final TestDisk second = PortBench.disk();
    private final AtomicReference<Thread> switcher = new AtomicReference<>();

    private PortBench bench(String... chain) throws Exception {
        stages.backend("a", () -> first).backend("b", () -> second);
        stages.interposer("pass", PassStage::new);
        stages.interposer("told", Told::new);
        return new PortBench(stages, chain);
    }

    /** Remembers the thread that tells it of a switch, which is the one that made it. */
    private final class Told implements BlockBackend {
        private final BlockBackend lower;

        Told(BlockBackend lower) {
            this.lower = lower;
        }

        @Override
        public BlockGeometry geometry() {
            return lower.geometry();
        }

        @Override
        public void submit(BlockRequest request) {
            lower.submit(request);
        }

        @Override
        public void lowerChanged() {
            switcher.set(Thread.currentThread());
        }

        @Override
        public boolean keepsData() {
            return false;
        }

        @Override
        public void close() {}
    }

    /** A back-end whose requests wait in it until they are let go, in the submitting thread. */
    private static final class Slow implements BlockBackend {
        private final TestDisk lower = PortBench.disk();
        private final CountDownLatch entered = new CountDownLatch(1);
        private final CountDownLatch go = new CountDownLatch(1);

        @Override
        public BlockGeometry geometry() {
            return lower.geometry();
        }

        @Override
        public void submit(BlockRequest request) {
            entered.countDown();
            try {
                assertTrue(go.await(20, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            lower.submit(request);
        }

        @Override
        public void close() {}
    }

    /** An operator who asks for changes and waits for a quiet moment as long as it takes. */
    private static final class Operator extends Thread {
        private final List<Change> changes;
        private final long graceNanos;
        private final CompletableFuture<List<SwapReport>> reports = new CompletableFuture<>();

        Operator(long graceNanos, Change... changes) {
            this.changes = List.of(changes);
            this.graceNanos = graceNanos;
            start();
        }

        @Override
        public void run() {
            try {
                for (Change change : changes) {
                    change.prepare();
                }
                Passage.change(changes, graceNanos);
                reports.complete(changes.stream().map(Change::finish).toList());
            } catch (IOException e) {
                reports.completeExceptionally(e);
            }
        }

        void awaitParked() {
            PortBench.eventually("waits", () -> getState() == State.TIMED_WAITING);
        }
    }

    private static Change change(PortBench bench, String... chain) {
        return new Change(bench.control, "test", List.of(chain));
    }

    @Test
    void anIdlePortIsSwitchedByWhoAsks() throws Exception {
        try (PortBench bench = bench("told", "a")) {
            bench.control.swap(List.of("told", "b"));
            assertSame(Thread.currentThread(), switcher.get());
        }
    }

    /** The request that comes next finds the new chain: it is not even refused. */
    @Test
    void aBusyPortIsSwitchedByTheThreadThatComesByNext() throws Exception {
        Slow slow = new Slow();
        stages.backend("slow", () -> slow);
        try (PortBench bench = bench("told", "slow")) {
            AtomicBoolean refused = new AtomicBoolean();
            Thread io = new Thread(() -> serve(bench, refused), "io");
            io.start();
            slow.entered.await();
            Operator operator = new Operator(FOREVER, change(bench, "told", "pass", "slow"));
            operator.awaitParked();
            assertTrue(bench.control.status().hold().isEmpty());
            slow.go.countDown();
            SwapReport report = operator.reports.get().get(0);
            assertEquals(List.of("told", "pass", "slow"), bench.chain());
            assertEquals(0, report.inFlight());
            io.join();
            assertSame(io, switcher.get());
            assertFalse(refused.get());
            assertEquals(1, bench.releases.get());
        }
    }

    private static void serve(PortBench bench, AtomicBoolean refused) {
        for (int i = 0; i < 2; i++) {
            TestRequest r = new TestRequest(1);
            refused.compareAndSet(false, !bench.port.submit(r.start(BlockOperation.FLUSH, 0, 0)));
        }
        bench.port.kick();
    }

    /** Nobody waits for a request that another thread has; what comes meanwhile stays outside. */
    @Test
    void admitsNothingOnceTheWaitForAQuietMomentIsOver() throws Exception {
        UnsteadyBackend slow = new UnsteadyBackend(first, 1, 0);
        stages.backend("slow", () -> slow);
        try (PortBench bench = bench("told", "slow")) {
            slow.stuck(true);
            TestRequest r = bench.flush();
            Operator operator = new Operator(0, change(bench, "told", "pass", "slow"));
            PortBench.eventually("hold", () -> bench.control.status().hold().isPresent());
            assertFalse(bench.admits());
            slow.stuck(false);
            assertEquals(BlockStatus.OK, r.await());
            assertEquals(1, operator.reports.get().get(0).inFlight());
            assertTrue(bench.admits());
        }
    }

    @Test
    void allPortsOfATransactionAreSwitchedByOneThread() throws Exception {
        Slow slow = new Slow();
        stages.backend("slow", () -> slow);
        try (PortBench one = bench("slow");
                PortBench two = new PortBench(stages, "told", "b")) {
            Thread io = new Thread(() -> serve(one, new AtomicBoolean()), "io");
            io.start();
            slow.entered.await();
            Operator operator =
                    new Operator(
                            FOREVER, change(one, "pass", "slow"), change(two, "told", "pass", "b"));
            operator.awaitParked();
            assertEquals(List.of("told", "b"), two.chain());
            slow.go.countDown();
            assertEquals(2, operator.reports.get().size());
            assertSame(io, switcher.get());
            assertEquals(List.of("told", "pass", "b"), two.chain());
            assertEquals(List.of("pass", "slow"), one.chain());
            assertTrue(one.admits() && two.admits());
        }
    }

    /** An I/O thread must survive whatever a change does, and the operator must hear of it. */
    @Test
    void aStageThatThrowsDuringThePauseIsTheOperatorsProblem() throws Exception {
        AtomicInteger flushes = new AtomicInteger();
        stages.interposer("bad", lower -> new Throwing(lower, flushes));
        try (PortBench bench = bench("bad", "a")) {
            AtomicBoolean stop = new AtomicBoolean();
            AtomicInteger served = new AtomicInteger();
            Thread io = new Thread(() -> zeroNothing(bench, stop, served), "io");
            io.start();
            PortBench.eventually("load", () -> served.get() > 0);
            String refusal =
                    assertThrows(SwapException.class, () -> bench.control.remove("bad"))
                            .getMessage();
            assertTrue(refusal.contains("demo/vda: no flush today"), refusal);
            assertEquals(List.of("bad", "a"), bench.chain());
            int before = served.get();
            PortBench.eventually("the load goes on", () -> served.get() > before);
            stop.set(true);
            io.join();
        }
    }

    private static void zeroNothing(PortBench bench, AtomicBoolean stop, AtomicInteger served) {
        TestRequest r = new TestRequest(1);
        while (!stop.get()) {
            if (bench.port.submit(r.start(BlockOperation.WRITE_ZEROES, 0, 0))) {
                r.await();
                served.incrementAndGet();
            }
            bench.port.kick();
        }
    }

    /** Throws at the second flush, against its contract; that is the one within the pause. */
    private static final class Throwing implements BlockBackend {
        private final BlockBackend lower;
        private final AtomicInteger flushes;

        Throwing(BlockBackend lower, AtomicInteger flushes) {
            this.lower = lower;
            this.flushes = flushes;
        }

        @Override
        public BlockGeometry geometry() {
            return lower.geometry();
        }

        @Override
        public void submit(BlockRequest request) {
            if (request.operation() == BlockOperation.FLUSH && flushes.incrementAndGet() == 2) {
                throw new IllegalStateException("no flush today");
            }
            lower.submit(request);
        }

        @Override
        public void close() {}
    }

    @Test
    void takesOutAStageThatKeepsNoDataWithoutAFlush() throws Exception {
        try (PortBench bench = bench("told", "pass", "a")) {
            int before = first.flushes();
            bench.control.remove("told");
            assertEquals(before, first.flushes());
            bench.control.remove("pass");
            assertTrue(first.flushes() > before);
        }
    }

    @Test
    void flushesForAnOperatorsHoldWhateverIsInTheChain() throws Exception {
        try (PortBench bench = bench("told", "a")) {
            bench.control.hold();
            assertTrue(first.flushes() > 0);
        }
    }
}
