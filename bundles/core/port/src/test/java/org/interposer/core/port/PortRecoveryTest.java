package org.interposer.core.port;

import static org.interposer.core.port.PortBench.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.interposer.api.block.BlockOperation;
import org.interposer.api.block.BlockStatus;
import org.interposer.api.block.PortPolicy;
import org.interposer.api.block.SwapReport;
import org.interposer.api.block.TestDisk;
import org.interposer.api.block.TestMemory;
import org.interposer.api.block.TestRequest;
import org.interposer.api.block.UnsteadyBackend;
import org.junit.jupiter.api.Test;

class PortRecoveryTest {
    private final byte[] content = new byte[(int) PortBench.SECTORS * 512];
    private final FakeStages stages = new FakeStages();

    private TestDisk disk() {
        return new TestDisk(content, false);
    }

    @Test
    void holdsWhileTheOnlyBackendIsAwayAndGoesOnWhenItIsBack() throws IOException {
        AtomicReference<TestDisk> opened = new AtomicReference<>();
        FakeStages.Opening opening =
                () -> {
                    opened.set(disk());
                    return opened.get();
                };
        stages.backend("a", opening);
        try (PortBench bench = new PortBench(stages, "a")) {
            TestDisk old = opened.get();
            stages.remove("a");
            assertTrue(old.closed(), "the stage is closed when the event returns");
            assertEquals(1, old.flushes());
            assertFalse(bench.admits());
            assertEquals("waiting for 'a'", bench.control.status().hold().orElse(""));
            assertFalse(bench.control.status().stages().get(0).present());
            stages.backend("a", opening);
            eventually("released", () -> bench.releases.get() == 1);
            assertEquals(BlockStatus.OK, bench.runFlush());
            eventually("reported", () -> bench.lastCause().equals("stage-back"));
            assertTrue(bench.control.status().hold().isEmpty());
        }
    }

    @Test
    void holdsWhileAnInterposerIsAwayAndTheOperatorMayTakeItOut() throws Exception {
        stages.backend("a", this::disk).interposer("pass", PassStage::new);
        try (PortBench bench = new PortBench(stages, "pass", "a")) {
            stages.remove("pass");
            assertFalse(bench.admits());
            bench.control.remove("pass");
            assertTrue(bench.admits());
            assertEquals(List.of("a"), bench.chain());
        }
    }

    @Test
    void theOperatorMaySwapToAnotherBackendWhileOneIsAway() throws Exception {
        stages.backend("a", this::disk).backend("b", PortBench::disk);
        stages.interposer("pass", PassStage::new);
        try (PortBench bench = new PortBench(stages, "pass", "a")) {
            stages.remove("a");
            assertFalse(bench.admits());
            bench.control.replace("a", "b");
            assertTrue(bench.admits());
            stages.backend("a", this::disk);
            assertEquals(List.of("pass", "b"), bench.chain());
            assertTrue(bench.admits());
        }
    }

    @Test
    void keepsHoldingWhileTheStageThatCameBackDoesNotOpenAndSaysWhy() throws IOException {
        stages.backend("a", this::disk);
        try (PortBench bench = new PortBench(stages, "a")) {
            stages.remove("a");
            AtomicInteger tries = new AtomicInteger();
            stages.backend(
                    "a",
                    () -> {
                        if (tries.incrementAndGet() < 3) {
                            throw new IOException("the cable is loose");
                        }
                        return disk();
                    });
            eventually(
                    "the reason is shown",
                    () ->
                            bench.control.status().hold().orElse("").contains("cable is loose")
                                    || tries.get() >= 3);
            eventually("opened at last", () -> bench.releases.get() == 1);
            assertEquals(3, tries.get());
            assertEquals(BlockStatus.OK, bench.runFlush());
        }
    }

    @Test
    void doesNotTakeBackAStageThatHasShrunk() throws Exception {
        stages.backend("a", this::disk).backend("b", PortBench::disk);
        try (PortBench bench = new PortBench(stages, "a")) {
            stages.remove("a");
            stages.backend("a", () -> new TestDisk(8, false));
            eventually(
                    "the reason is shown",
                    () -> bench.control.status().hold().orElse("").contains("too small"));
            assertFalse(bench.admits());
            bench.control.swap(List.of("b"));
            assertTrue(bench.admits());
        }
    }

    @Test
    void failsRequestsAfterTheHoldLimitAndServesAgainWhenTheStageIsBack() throws IOException {
        stages.backend("a", this::disk);
        PortPolicy policy = PortBench.policy(Duration.ofMillis(50), PortPolicy.AfterLimit.FAIL);
        try (PortBench bench = new PortBench(stages, policy, "a")) {
            stages.remove("a");
            assertFalse(bench.admits());
            eventually("the limit passes", () -> bench.releases.get() == 1);
            assertEquals(BlockStatus.IO_ERROR, bench.runFlush());
            assertEquals(1, bench.control.status().failed());
            stages.backend("a", this::disk);
            eventually("it is back", () -> bench.lastCause().equals("stage-back"));
            assertEquals(BlockStatus.OK, bench.runFlush());
        }
    }

    @Test
    void holdsOnAfterTheHoldLimitWhenToldSo() throws Exception {
        stages.backend("a", this::disk);
        PortPolicy policy =
                PortBench.policy(Duration.ofMillis(20), PortPolicy.AfterLimit.KEEP_HOLDING);
        try (PortBench bench = new PortBench(stages, policy, "a")) {
            stages.remove("a");
            Thread.sleep(100);
            assertFalse(bench.admits());
        }
    }

    @Test
    void issuesLostRequestsAgainAndTheGuestDoesNotNotice() throws IOException {
        AtomicReference<UnsteadyBackend> opened = new AtomicReference<>();
        AtomicInteger opens = new AtomicInteger();
        stages.backend(
                "a",
                () -> {
                    opens.incrementAndGet();
                    opened.set(new UnsteadyBackend(disk(), 5, 0));
                    return opened.get();
                });
        stages.interposer("pass", PassStage::new);
        try (PortBench bench = new PortBench(stages, "pass", "a")) {
            opened.get().stuck(true);
            TestMemory memory = new TestMemory(20 * 512);
            TestRequest[] requests = new TestRequest[20];
            for (int i = 0; i < 20; i++) {
                requests[i] = new TestRequest(1);
                memory.buffer().putLong(i * 512, i + 1);
                requests[i].start(i == 10 ? BlockOperation.FLUSH : BlockOperation.WRITE, i, 1);
                if (i == 10) {
                    requests[i].start(BlockOperation.FLUSH, 0, 0);
                } else {
                    memory.slice(requests[i].request().data(), i * 512, 512);
                }
                assertTrue(bench.port.submit(requests[i].request()));
            }
            bench.port.kick();
            opened.get().lose();
            for (TestRequest r : requests) {
                assertEquals(BlockStatus.OK, r.await());
            }
            eventually("reported", () -> bench.lastCause().equals("lost"));
            assertEquals(2, opens.get());
            SwapReport report = bench.control.history().get(0);
            assertEquals(20, report.reissued());
            assertEquals(0, bench.control.status().failed());
            for (int i = 0; i < 20; i++) {
                assertEquals(i == 10 ? 0 : i + 1, content[i * 512 + 7]);
            }
            assertEquals(BlockStatus.OK, bench.runFlush());
        }
    }

    @Test
    void keepsLostRequestsWhileTheOperatorHolds() throws Exception {
        AtomicReference<UnsteadyBackend> opened = new AtomicReference<>();
        stages.backend(
                "a",
                () -> {
                    opened.set(new UnsteadyBackend(disk(), 5, 0));
                    return opened.get();
                });
        stages.backend("b", PortBench::disk);
        try (PortBench bench = new PortBench(stages, "a")) {
            opened.get().stuck(true);
            TestRequest r = bench.flush();
            Thread holder =
                    new Thread(
                            () -> {
                                try {
                                    bench.control.hold();
                                } catch (org.interposer.api.block.SwapException e) {
                                    throw new IllegalStateException(e);
                                }
                            });
            holder.start();
            eventually("on hold", () -> bench.control.status().hold().isPresent());
            opened.get().lose();
            holder.join();
            Thread.sleep(50);
            assertEquals(0, r.completions());
            assertFalse(bench.port.awaitDrained());
            bench.control.swap(List.of("b"));
            assertEquals(0, r.completions());
            bench.control.release();
            assertEquals(BlockStatus.OK, r.await());
            assertTrue(bench.port.awaitDrained());
        }
    }

    @Test
    void issuesHangingRequestsAgainWhenTheirStageGoesAway() throws IOException {
        AtomicReference<UnsteadyBackend> opened = new AtomicReference<>();
        FakeStages.Opening opening =
                () -> {
                    opened.set(new UnsteadyBackend(disk(), 5, 0));
                    return opened.get();
                };
        stages.backend("a", opening);
        try (PortBench bench = new PortBench(stages, "a")) {
            opened.get().stuck(true);
            TestRequest r = bench.flush();
            stages.remove("a");
            assertEquals(0, r.completions());
            stages.backend("a", opening);
            assertEquals(BlockStatus.OK, r.await());
        }
    }

    @Test
    void failsWhatWaitsWhenThePortIsClosed() throws IOException {
        AtomicReference<UnsteadyBackend> opened = new AtomicReference<>();
        stages.backend(
                "a",
                () -> {
                    opened.set(new UnsteadyBackend(disk(), 5, 0));
                    return opened.get();
                });
        PortBench bench = new PortBench(stages, "a");
        opened.get().stuck(true);
        TestRequest r = bench.flush();
        stages.remove("a");
        bench.close();
        assertEquals(BlockStatus.IO_ERROR, r.await());
    }

    @Test
    void forgetsAStageThatIsGone() throws Exception {
        WeakReference<Object> stage;
        try (PortBench bench = benchWithStageToForget()) {
            stage = new WeakReference<>(bench.control.chain().get(0).stage());
            bench.runFlush();
            stages.remove("pass");
            for (int i = 0; i < 100 && stage.get() != null; i++) {
                System.gc();
                Thread.sleep(10);
            }
            assertTrue(stage.get() == null, "the stage that went away is still reachable");
            assertFalse(bench.admits());
        }
    }

    private PortBench benchWithStageToForget() throws IOException {
        stages.backend("a", this::disk).interposer("pass", PassStage::new);
        return new PortBench(stages, "pass", "a");
    }
}
