package org.interposer.interposer.block.meter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.annotation.Annotation;
import java.util.Map;
import org.interposer.api.block.BlockBackend;
import org.interposer.api.block.BlockInterposerContract;
import org.interposer.api.block.BlockOperation;
import org.interposer.api.block.BlockStatus;
import org.interposer.api.block.TestDisk;
import org.interposer.api.block.TestMemory;
import org.interposer.api.block.TestRequest;
import org.interposer.api.block.UnsteadyBackend;
import org.junit.jupiter.api.Test;

class MeterStageTest extends BlockInterposerContract {
    private final MeterProvider provider = provider("m0");

    @Override
    protected BlockBackend open(BlockBackend lower) {
        return provider.open(lower);
    }

    @Test
    void countsRequestsDataAndLatencyOfEachOperation() {
        try (BlockBackend stage = open(new TestDisk(64, false))) {
            TestMemory memory = new TestMemory(8192);
            TestRequest r = new TestRequest(1);
            for (int i = 0; i < 256; i++) {
                r.start(BlockOperation.WRITE, 0, 8);
                memory.slice(r.request().data(), 0, 4096);
                assertEquals(BlockStatus.OK, r.run(stage));
            }
            r.start(BlockOperation.FLUSH, 0, 0);
            r.run(stage);
            Map<String, String> figures = stage.metrics();
            assertEquals("256", figures.get("write.requests"));
            assertEquals("1.00 MiB", figures.get("write.data"));
            assertEquals("0", figures.get("write.errors"));
            assertEquals("1", figures.get("flush.requests"));
            assertTrue(figures.get("write.p99.9").endsWith(" µs"));
            assertTrue(!figures.containsKey("read.requests"));
        }
    }

    @Test
    void measuresTheTimeThatTheDiskTakes() throws InterruptedException {
        UnsteadyBackend slow = new UnsteadyBackend(new TestDisk(64, false), 1, 0);
        try (BlockBackend stage = open(slow)) {
            slow.stuck(true);
            TestRequest r = new TestRequest(1);
            r.start(BlockOperation.FLUSH, 0, 0);
            stage.submit(r.request());
            Thread.sleep(30);
            slow.stuck(false);
            r.await();
            String max = stage.metrics().get("flush.max");
            assertTrue(Double.parseDouble(max.split(" ")[0]) >= 29_000, max);
        }
        slow.close();
    }

    @Test
    void countsErrorsAndLossesApart() {
        UnsteadyBackend bad = new UnsteadyBackend(new TestDisk(64, false), 1, 0);
        try (BlockBackend stage = open(bad)) {
            TestRequest r = new TestRequest(1);
            bad.failNext(BlockOperation.FLUSH, 2, BlockStatus.IO_ERROR);
            for (int i = 0; i < 3; i++) {
                r.start(BlockOperation.FLUSH, 0, 0);
                r.run(stage);
            }
            bad.lose();
            r.start(BlockOperation.FLUSH, 0, 0);
            assertEquals(BlockStatus.LOST, r.run(stage));
            assertEquals("2", stage.metrics().get("flush.errors"));
            assertEquals("1", stage.metrics().get("flush.lost"));
            assertEquals("4", stage.metrics().get("flush.requests"));
        }
        bad.close();
    }

    @Test
    void countsFromZeroAfterAReset() {
        MeterCommands commands = new MeterCommands().with(provider);
        try (BlockBackend stage = open(new TestDisk(64, false))) {
            TestRequest r = new TestRequest(1);
            r.start(BlockOperation.FLUSH, 0, 0);
            r.run(stage);
            commands.reset("m0");
            assertTrue(stage.metrics().isEmpty());
            r.start(BlockOperation.FLUSH, 0, 0);
            r.run(stage);
            assertEquals("1", stage.metrics().get("flush.requests"));
            commands.reset();
            assertTrue(stage.metrics().isEmpty());
            String message =
                    assertThrows(IllegalArgumentException.class, () -> commands.reset("m1"))
                            .getMessage();
            assertTrue(message.contains("present: m0"), message);
        }
    }

    private static MeterProvider provider(String id) {
        return new MeterProvider(
                new MeterProvider.Config() {
                    @Override
                    public Class<? extends Annotation> annotationType() {
                        return MeterProvider.Config.class;
                    }

                    @Override
                    public String id() {
                        return id;
                    }
                });
    }
}
