package org.interposer.core.port;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.interposer.api.block.BlockGeometry;
import org.interposer.api.block.BlockOperation;
import org.interposer.api.block.BlockPort;
import org.interposer.api.block.BlockRequest;
import org.interposer.api.block.BlockStatus;
import org.interposer.api.block.PortListener;
import org.interposer.api.block.PortPolicy;
import org.interposer.api.block.PortSpec;
import org.interposer.api.block.TestDisk;
import org.interposer.api.block.TestRequest;

/** A port over fake stages, with what tests ask of it. */
final class PortBench implements AutoCloseable, PortListener {
    static final long SECTORS = 32_768;

    final FakeStages stages;
    final PortControl control;
    final BlockPort port;
    final AtomicInteger releases = new AtomicInteger();
    final List<BlockGeometry> geometries = new ArrayList<>();

    PortBench(FakeStages stages, PortPolicy policy, String... chain) throws IOException {
        this.stages = stages;
        control = PortControl.open(new PortSpec("demo", "vda", List.of(chain), policy), stages);
        port = control.port();
        port.listener(this);
    }

    PortBench(FakeStages stages, String... chain) throws IOException {
        this(stages, policy(Duration.ZERO, PortPolicy.AfterLimit.KEEP_HOLDING), chain);
    }

    static PortPolicy policy(Duration holdLimit, PortPolicy.AfterLimit after) {
        return new PortPolicy(holdLimit, after, Duration.ofSeconds(1));
    }

    static TestDisk disk() {
        return new TestDisk(SECTORS, false);
    }

    static void eventually(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not in 10 s: " + what);
            }
            Thread.onSpinWait();
        }
    }

    /** A flush submitted through the port; still in flight perhaps. */
    TestRequest flush() {
        TestRequest r = new TestRequest(1);
        BlockRequest request = r.start(BlockOperation.FLUSH, 0, 0);
        if (!port.submit(request)) {
            throw new AssertionError("the port is on hold: " + control.status().hold());
        }
        port.kick();
        return r;
    }

    BlockStatus runFlush() {
        return flush().await();
    }

    boolean admits() {
        TestRequest r = new TestRequest(1);
        boolean admitted = port.submit(r.start(BlockOperation.FLUSH, 0, 0));
        if (admitted) {
            port.kick();
            r.await();
        }
        return admitted;
    }

    List<String> chain() {
        return control.status().stages().stream().map(s -> s.id()).toList();
    }

    String lastCause() {
        var all = control.history();
        return all.isEmpty() ? "" : all.get(all.size() - 1).cause();
    }

    @Override
    public void released() {
        releases.incrementAndGet();
    }

    @Override
    public synchronized void geometryChanged(BlockGeometry geometry) {
        geometries.add(geometry);
    }

    @Override
    public void close() {
        port.close();
    }
}
