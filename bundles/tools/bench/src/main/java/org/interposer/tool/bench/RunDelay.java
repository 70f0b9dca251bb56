package org.interposer.tool.bench;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How long threads of this process could have run but were given no processor, as Linux counts it
 * (proc(5), {@code schedstat}): tells a busy machine from a slow program.
 */
final class RunDelay {
    private static final Path TASKS = Path.of("/proc/self/task");

    private final List<Path> threads = new ArrayList<>();

    /**
     * Watches the threads that are there now.
     *
     * @param name what their names begin with; of 15 characters at most, more Linux does not keep
     */
    RunDelay(String name) throws IOException {
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(TASKS)) {
            for (Path task : tasks) {
                if (Files.readString(task.resolve("comm")).startsWith(name)) {
                    threads.add(task.resolve("schedstat"));
                }
            }
        }
    }

    /** Of all of them since they began; 0 where the kernel does not count it. */
    long nanos() throws IOException {
        long sum = 0;
        for (Path thread : threads) {
            String[] figures = Files.exists(thread) ? read(thread) : new String[0];
            sum += figures.length > 1 ? Long.parseLong(figures[1]) : 0;
        }
        return sum;
    }

    private static String[] read(Path file) throws IOException {
        return Files.readString(file).strip().split(" ");
    }
}
