package org.interposer.core.port;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.interposer.api.block.BlockOperation;
import org.interposer.api.block.BlockPortControl;
import org.interposer.api.block.BlockStatus;
import org.interposer.api.block.SwapException;
import org.interposer.api.block.SwapReport;
import org.interposer.api.block.TestDisk;
import org.interposer.api.block.TestRequest;
import org.interposer.api.block.UnsteadyBackend;
import org.junit.jupiter.api.Test;

class PortSwapTest {
    private final FakeStages stages = new FakeStages();
    private final TestDisk first = PortBench.disk();
    private final TestDisk second = PortBench.disk();

    private PortBench bench(String... chain) throws IOException {
        stages.backend("a", () -> first).backend("b", () -> second);
        stages.interposer("pass", PassStage::new);
        return new PortBench(stages, chain);
    }

    private static String refusal(org.junit.jupiter.api.function.Executable change) {
        return assertThrows(SwapException.class, change).getMessage();
    }

    @Test
    void requestsGoToTheSuccessorAndTheOldBackendIsFlushedAndClosed() throws Exception {
        try (PortBench bench = bench("a")) {
            assertEquals(BlockStatus.OK, bench.runFlush());
            int before = first.flushes();
            SwapReport report = bench.control.swap(List.of("b"));
            assertTrue(first.flushes() > before);
            assertTrue(first.closed());
            assertEquals(List.of("a"), report.before());
            assertEquals(List.of("b"), report.after());
            assertTrue(report.holdNanos() >= report.drainNanos() + report.flushNanos());
            assertEquals(BlockStatus.OK, bench.runFlush());
            assertEquals(1, second.flushes());
            assertEquals(1, bench.releases.get());
            assertEquals(1, bench.control.status().pauses().count());
        }
        assertTrue(second.closed());
    }

    @Test
    void waitsForRequestsInFlightBeforeItSwitches() throws Exception {
        UnsteadyBackend slow = new UnsteadyBackend(first, 1, 0);
        stages.backend("slow", () -> slow);
        try (PortBench bench = bench("slow")) {
            slow.stuck(true);
            TestRequest r = bench.flush();
            AtomicReference<SwapReport> report = new AtomicReference<>();
            Thread swap =
                    new Thread(
                            () -> {
                                try {
                                    report.set(bench.control.swap(List.of("b")));
                                } catch (SwapException e) {
                                    throw new IllegalStateException(e);
                                }
                            });
            swap.start();
            Thread.sleep(100);
            assertEquals(0, r.completions());
            slow.stuck(false);
            assertEquals(BlockStatus.OK, r.await());
            swap.join();
            assertEquals(List.of("b"), report.get().after());
            assertEquals(0, second.flushes());
        }
    }

    @Test
    void givesUpWhenRequestsDoNotComeBackAndGoesOnWithTheOldChain() throws Exception {
        UnsteadyBackend slow = new UnsteadyBackend(first, 1, 0);
        stages.backend("slow", () -> slow);
        try (PortBench bench = bench("slow")) {
            slow.stuck(true);
            TestRequest r = bench.flush();
            String message = refusal(() -> bench.control.swap(List.of("b")));
            assertTrue(message.contains("still in flight after 1000 ms"), message);
            assertEquals(List.of("slow"), bench.chain());
            assertTrue(second.closed());
            slow.stuck(false);
            assertEquals(BlockStatus.OK, r.await());
            assertEquals(BlockStatus.OK, bench.runFlush());
            SwapReport last = bench.control.history().get(0);
            assertTrue(last.refusal().orElse("").contains("in flight"));
            assertEquals(List.of("slow"), last.after());
        }
    }

    @Test
    void refusesSuccessorsTheGuestCannotLiveWith() throws Exception {
        stages.backend("small", () -> new TestDisk(PortBench.SECTORS - 8, false));
        stages.backend("frozen", () -> new TestDisk(PortBench.SECTORS, true));
        stages.backend(
                "broken",
                () -> {
                    throw new IOException("/srv/x.img is in use by back-end 'a' of this process");
                });
        try (PortBench bench = bench("pass", "a")) {
            String small = refusal(() -> bench.control.swap(List.of("pass", "small")));
            assertTrue(small.contains("demo/vda: stage 'small' is too small"), small);
            String frozen = refusal(() -> bench.control.replace("a", "frozen"));
            assertTrue(frozen.contains("'frozen' is read-only"), frozen);
            String broken = refusal(() -> bench.control.replace("a", "broken"));
            assertTrue(broken.contains("'broken' did not open: /srv/x.img is in use"), broken);
            String missing = refusal(() -> bench.control.replace("a", "zz"));
            assertTrue(missing.contains("there is no stage 'zz'"), missing);
            assertTrue(missing.contains("present: a, b, broken, frozen, pass, small"), missing);
            assertTrue(refusal(() -> bench.control.swap(List.of("pass"))).contains("interposer"));
            assertTrue(refusal(() -> bench.control.swap(List.of("b", "a"))).contains("back-end"));
            assertTrue(refusal(() -> bench.control.swap(List.of())).contains("empty"));
            assertTrue(refusal(() -> bench.control.swap(List.of("a", "a"))).contains("twice"));
            assertTrue(refusal(() -> bench.control.remove("b")).contains("no stage 'b'"));
            assertTrue(refusal(() -> bench.control.insert("pass", 2)).contains("position 2"));
            assertEquals(List.of("pass", "a"), bench.chain());
            assertFalse(first.closed());
            assertEquals(0, bench.control.status().pauses().count());
            assertEquals(BlockStatus.OK, bench.runFlush());
        }
    }

    @Test
    void refusesWhenTheOldChainCannotBeFlushed() throws Exception {
        UnsteadyBackend bad = new UnsteadyBackend(first, 1, 0);
        stages.backend("bad", () -> bad);
        try (PortBench bench = bench("bad")) {
            bad.failNext(BlockOperation.FLUSH, 2, BlockStatus.IO_ERROR);
            String message = refusal(() -> bench.control.swap(List.of("b")));
            assertTrue(message.contains("could not be flushed: it ended with IO_ERROR"), message);
            assertEquals(BlockStatus.OK, bench.runFlush());
            assertEquals(List.of("bad"), bench.chain());
        }
    }

    @Test
    void keepsTheStagesThatStayAndTellsThemWhatChangedBelow() throws Exception {
        AtomicReference<PassStage> stage = new AtomicReference<>();
        stages.interposer(
                "watch",
                lower -> {
                    stage.set(new PassStage(lower));
                    return stage.get();
                });
        try (PortBench bench = bench("watch", "a")) {
            PassStage watch = stage.get();
            bench.control.replace("a", "b");
            assertEquals(1, watch.changes.get());
            bench.control.insert("pass", 1);
            assertEquals(List.of("watch", "pass", "b"), bench.chain());
            assertEquals(2, watch.changes.get());
            bench.control.swap(List.of("pass", "watch", "b"));
            assertEquals(3, watch.changes.get());
            assertEquals(0, watch.closes.get());
            assertEquals(0, watch.pauses.get());
            assertEquals(BlockStatus.OK, bench.runFlush());
            assertTrue(watch.seen.get() > 0);
            bench.control.remove("watch");
            assertEquals(1, watch.closes.get());
            assertEquals(List.of("pass", "b"), bench.chain());
            assertEquals(BlockStatus.OK, bench.runFlush());
        }
    }

    @Test
    void tellsTheFrontEndThatTheDiskHasGrown() throws Exception {
        stages.backend("large", () -> new TestDisk(2 * PortBench.SECTORS, false));
        try (PortBench bench = bench("pass", "a")) {
            bench.control.replace("a", "large");
            assertEquals(2 * PortBench.SECTORS, bench.port.geometry().sectors());
            assertEquals(List.of(bench.port.geometry()), bench.geometries);
        }
    }

    @Test
    void staysOnHoldUntilTheOperatorReleasesEvenWhenTheChainIsSwapped() throws Exception {
        try (PortBench bench = bench("a")) {
            bench.control.hold();
            bench.control.hold();
            assertFalse(bench.admits());
            assertEquals("held by the operator", bench.control.status().hold().orElse(""));
            assertTrue(first.flushes() > 0);
            bench.control.swap(List.of("pass", "b"));
            assertFalse(bench.admits());
            assertEquals(0, bench.releases.get());
            bench.control.release();
            bench.control.release();
            assertEquals(1, bench.releases.get());
            assertTrue(bench.admits());
            assertEquals(1, second.flushes());
        }
    }

    @Test
    void swapsSeveralPortsOrNone() throws Exception {
        TestDisk other = PortBench.disk();
        stages.backend("x", () -> other);
        stages.backend("y", PortBench::disk);
        stages.backend("small", () -> new TestDisk(8, false));
        try (PortBench one = bench("a");
                PortBench two = new PortBench(stages, "x")) {
            Map<BlockPortControl, List<String>> bad = new LinkedHashMap<>();
            bad.put(one.control, List.of("b"));
            bad.put(two.control, List.of("small"));
            assertThrows(SwapException.class, () -> Transactions.swap(bad));
            assertEquals(List.of("a"), one.chain());
            assertEquals(List.of("x"), two.chain());
            assertTrue(second.closed());
            stages.backend("b", PortBench::disk);
            Map<BlockPortControl, List<String>> good = new LinkedHashMap<>();
            good.put(two.control, List.of("pass", "y"));
            good.put(one.control, List.of("b"));
            List<SwapReport> reports = Transactions.swap(good);
            assertEquals(List.of("pass", "y"), reports.get(0).after());
            assertEquals(List.of("b"), one.chain());
            assertTrue(one.admits() && two.admits());
            assertTrue(first.closed() && other.closed());
        }
    }

    @Test
    void saysWhatKeepsAPortFromOpening() {
        stages.backend("a", () -> first);
        String message =
                assertThrows(IOException.class, () -> new PortBench(stages, "pass", "a"))
                        .getMessage();
        assertTrue(message.contains("demo/vda: there is no stage 'pass'"), message);
        assertTrue(first.closed());
    }

    @Test
    void refusesChangesAfterItsEnd() throws Exception {
        PortBench bench = bench("a");
        bench.close();
        bench.close();
        assertFalse(bench.admits());
        assertTrue(refusal(() -> bench.control.swap(List.of("b"))).contains("closed"));
        assertTrue(bench.control.status().hold().isPresent());
    }
}
