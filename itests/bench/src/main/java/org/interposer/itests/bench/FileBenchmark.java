package org.interposer.itests.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.interposer.api.block.BlockBackend;
import org.interposer.api.block.BlockCompletion;
import org.interposer.api.block.BlockOperation;
import org.interposer.api.block.BlockRequest;
import org.interposer.backend.block.file.FileBackendProvider;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Batches of 32 requests of 4 KiB on a file, by number of worker threads, O_DIRECT and slices a
 * request. Says which default of {@code workers} is right. The file is in the folder {@code
 * -Dbench.folder}, else where temporary files are.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class FileBenchmark {
    private static final int DEPTH = 32;
    private static final int BYTES = 4096;
    private static final int BLOCKS = 16_384;

    /** Threads of the back-end. */
    @Param({"0", "1", "2", "4"})
    public int workers;

    /** O_DIRECT. */
    @Param({"false", "true"})
    public boolean direct;

    /** Slices a request. */
    @Param({"1", "2"})
    public int slices;

    private final BlockRequest[] requests = new BlockRequest[DEPTH];
    private final AtomicInteger left = new AtomicInteger();
    private final BlockCompletion completion = (r, status, cookie) -> left.decrementAndGet();
    private Setup.Memory memory;
    private BlockBackend disk;
    private Path file;
    private long next;

    /** Makes and opens the file. */
    @org.openjdk.jmh.annotations.Setup(Level.Trial)
    public void open() throws IOException {
        Path folder =
                Path.of(System.getProperty("bench.folder", System.getProperty("java.io.tmpdir")));
        file = Files.createTempFile(folder, "interposer", ".img");
        Files.write(file, new byte[BLOCKS * BYTES]);
        memory = new Setup.Memory((DEPTH + 1) * BYTES);
        Map<String, Object> values =
                Map.of(
                        "id",
                        "bench",
                        "path",
                        file.toString(),
                        "workers",
                        workers,
                        "direct",
                        direct);
        disk =
                new FileBackendProvider(Setup.config(FileBackendProvider.Config.class, values))
                        .open();
        for (int i = 0; i < DEPTH; i++) {
            requests[i] = new BlockRequest(slices);
        }
    }

    /** Closes and deletes the file. */
    @TearDown(Level.Trial)
    public void close() throws IOException {
        disk.close();
        Files.delete(file);
    }

    /** Reads. */
    @Benchmark
    @OperationsPerInvocation(DEPTH)
    public void read() {
        batch(BlockOperation.READ);
    }

    /** Writes, without a flush. */
    @Benchmark
    @OperationsPerInvocation(DEPTH)
    public void write() {
        batch(BlockOperation.WRITE);
    }

    private void batch(BlockOperation operation) {
        left.set(DEPTH);
        for (int i = 0; i < DEPTH; i++) {
            BlockRequest r = requests[i];
            next = (next * 25_173 + 13_849) % BLOCKS;
            r.start(operation, next * (BYTES / 512), BYTES / 512);
            for (int s = 0; s < slices; s++) {
                int length = BYTES / slices;
                memory.slice(r.data(), i * BYTES + s * length, length);
            }
            r.push(completion, 0);
            disk.submit(r);
        }
        disk.kick();
        while (left.get() > 0) {
            Thread.onSpinWait();
        }
    }
}
