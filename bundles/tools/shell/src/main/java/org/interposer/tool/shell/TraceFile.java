package org.interposer.tool.shell;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import org.interposer.api.engine.TraceEvent;
import org.interposer.api.engine.TraceSink;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A trace on its way into a file, one line an event; it ends itself at its limit. */
final class TraceFile implements TraceSink {
    private static final Logger LOG = LoggerFactory.getLogger(TraceFile.class);
    private static final int BUFFER = 1 << 16;

    private final Path path;
    private final long limit;
    private final BufferedWriter writer;
    private long events;
    private boolean closed;
    private Optional<IOException> failure = Optional.empty();

    private TraceFile(Path path, long limit, BufferedWriter writer) {
        this.path = path;
        this.limit = limit;
        this.writer = writer;
    }

    /**
     * Makes the file.
     *
     * @param force overwrites one that is there
     * @param limit events, the last of which ends the trace
     */
    static TraceFile create(Path path, boolean force, long limit) {
        try {
            Set<OpenOption> options =
                    force
                            ? Set.of(
                                    StandardOpenOption.CREATE,
                                    StandardOpenOption.TRUNCATE_EXISTING,
                                    StandardOpenOption.WRITE)
                            : Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            return new TraceFile(
                    path,
                    limit,
                    new BufferedWriter(
                            new OutputStreamWriter(
                                    Files.newOutputStream(path, options.toArray(OpenOption[]::new)),
                                    StandardCharsets.US_ASCII),
                            BUFFER));
        } catch (IOException e) {
            throw new IllegalArgumentException("cannot trace to " + path + ": " + reason(e), e);
        }
    }

    private static String reason(IOException e) {
        if (e instanceof FileAlreadyExistsException) {
            return "it is there already; --force overwrites it";
        }
        if (e instanceof NoSuchFileException) {
            return "its folder does not exist";
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        return Optional.ofNullable(e.getMessage()).orElse(e.toString());
    }

    @Override
    public synchronized boolean accept(TraceEvent event) {
        if (closed) {
            return false;
        }
        try {
            writer.write(TraceText.line(events + 1, event));
            writer.write('\n');
            events++;
        } catch (IOException e) {
            fail(e);
        }
        if (events == limit) {
            close();
        }
        return !closed;
    }

    private void fail(IOException e) {
        failure = Optional.of(e);
        LOG.warn("The trace into {} ends: {}", path, reason(e));
        close();
    }

    @Override
    public synchronized void ended() {
        close();
    }

    private void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            writer.close();
        } catch (IOException e) {
            if (failure.isEmpty()) {
                fail(e);
            }
        }
    }

    /** Ends it before it began, and leaves no file. */
    synchronized void discard() {
        close();
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            LOG.warn("The empty trace {} stays: {}", path, reason(e));
        }
    }

    /** Whether it takes no more events. */
    synchronized boolean isClosed() {
        return closed;
    }

    /**
     * What is in the file.
     *
     * @throws IllegalStateException when it could not be written
     */
    synchronized String summary() {
        if (failure.isPresent()) {
            throw new IllegalStateException(
                    String.format(
                            "the trace into %s ended after about %d events: %s",
                            path, events, reason(failure.get())));
        }
        String end = events == limit ? ", its limit (--limit raises it)" : "";
        return events + (events == 1 ? " event in " : " events in ") + path + end;
    }
}
