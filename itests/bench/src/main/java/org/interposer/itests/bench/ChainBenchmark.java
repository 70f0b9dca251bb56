package org.interposer.itests.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.interposer.api.block.BlockBackend;
import org.interposer.api.block.BlockBackendProvider;
import org.interposer.api.block.BlockCompletion;
import org.interposer.api.block.BlockInterposerProvider;
import org.interposer.api.block.BlockOperation;
import org.interposer.api.block.BlockPort;
import org.interposer.api.block.BlockRequest;
import org.interposer.api.block.PortPolicy;
import org.interposer.api.block.PortSpec;
import org.interposer.core.port.PortService;
import org.interposer.interposer.block.meter.MeterProvider;
import org.interposer.interposer.block.nullstage.NullStageProvider;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;

/**
 * One request through a port and back, over a back-end that does nothing. The difference between
 * {@code none} and {@code null} is what a stage costs.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class ChainBenchmark {
    /** The stages between port and back-end. */
    @Param({"none", "null", "null,null2", "meter"})
    public String stages;

    private long completed;
    private final BlockRequest request = new BlockRequest(1);
    private final BlockCompletion completion = (r, status, cookie) -> completed++;
    private Path cache;
    private Framework framework;
    private BlockPort port;

    /** Starts a framework with the stages and opens the port. */
    @org.openjdk.jmh.annotations.Setup(Level.Trial)
    public void open() throws IOException, BundleException {
        cache = Files.createTempDirectory("interposer-bench");
        FrameworkFactory factory =
                ServiceLoader.load(FrameworkFactory.class).findFirst().orElseThrow();
        framework = factory.newFramework(Map.of("org.osgi.framework.storage", cache.toString()));
        framework.start();
        BundleContext context = framework.getBundleContext();
        register(context, "null", nullStage("null"));
        register(context, "null2", nullStage("null2"));
        register(
                context,
                "meter",
                new MeterProvider(Setup.config(MeterProvider.Config.class, Map.of("id", "meter"))));
        context.registerService(
                BlockBackendProvider.class,
                new InstantProvider(),
                new Hashtable<>(Map.of("id", "instant")));
        List<String> chain = new ArrayList<>();
        if (!stages.equals("none")) {
            chain.addAll(List.of(stages.split(",")));
        }
        chain.add("instant");
        port =
                new PortService(context)
                        .open(new PortSpec("bench", "disk", chain, PortPolicy.DEFAULT));
    }

    private static NullStageProvider nullStage(String id) {
        return new NullStageProvider(
                Setup.config(NullStageProvider.Config.class, Map.of("id", id)));
    }

    private static void register(
            BundleContext context, String id, BlockInterposerProvider provider) {
        context.registerService(
                BlockInterposerProvider.class, provider, new Hashtable<>(Map.of("id", id)));
    }

    /** Stops the framework and deletes its storage. */
    @TearDown(Level.Trial)
    public void close() throws Exception {
        port.close();
        framework.stop();
        framework.waitForStop(0);
        try (Stream<Path> files = Files.walk(cache)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** A request and back. */
    @Benchmark
    public long request() {
        request.start(BlockOperation.FLUSH, 0, 0);
        request.push(completion, 0);
        port.submit(request);
        return completed;
    }

    /** A request and back, kicked by itself. */
    @Benchmark
    public long requestAndKick() {
        request();
        port.kick();
        return completed;
    }

    private static final class InstantProvider implements BlockBackendProvider {
        @Override
        public String id() {
            return "instant";
        }

        @Override
        public String describe() {
            return "does nothing";
        }

        @Override
        public BlockBackend open() {
            return new Setup.Instant();
        }
    }
}
