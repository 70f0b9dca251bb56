package org.interposer.backend.character.console;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.interposer.api.character.CharacterBackend;
import org.interposer.api.character.CharacterInput;
import org.interposer.api.character.Console;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.Designate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The console of a machine. */
@Component(
        service = {Console.class, CharacterBackend.class},
        configurationPid = "org.interposer.backend.character.console",
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        immediate = true)
@Designate(ocd = ConsoleConfig.class, factory = true)
public final class ConsoleBackend implements Console {
    private static final Logger LOG = LoggerFactory.getLogger(ConsoleBackend.class);
    private static final int MIN_HISTORY = 4096, MAX_HISTORY = 64 << 20;
    private static final long LOG_END_MILLIS = 2000;

    private record LogFile(OutputStream stream, Follower follower) {}

    private final String id;
    private final OutputHistory history;
    private final InputQueue input;
    private final Set<Follower> terminals = ConcurrentHashMap.newKeySet();
    private final Optional<LogFile> log;

    /** Opens the log file. */
    @Activate
    public ConsoleBackend(ConsoleConfig config) throws IOException {
        id = config.id() == null ? "" : config.id();
        if (id.isEmpty()) {
            throw new IllegalArgumentException(
                    "a console has no 'id': set it in its configuration");
        }
        if (config.historyBytes() < MIN_HISTORY || config.historyBytes() > MAX_HISTORY) {
            throw new IllegalArgumentException(
                    String.format(
                            "console '%s': historyBytes %d is not in %d–%d",
                            id, config.historyBytes(), MIN_HISTORY, MAX_HISTORY));
        }
        history = new OutputHistory(config.historyBytes());
        log = config.logFile().isEmpty() ? Optional.empty() : Optional.of(openLog(config));
        input = new InputQueue("console/" + id + "/input");
    }

    private LogFile openLog(ConsoleConfig config) throws IOException {
        Path path = Path.of(config.logFile()).toAbsolutePath();
        try {
            if (path.getParent() != null) {
                Files.createDirectories(path.getParent());
            }
            OutputStream stream =
                    Files.newOutputStream(
                            path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            String name = "console/" + id + "/log";
            return new LogFile(stream, new Follower(name, history, stream, () -> {}));
        } catch (IOException e) {
            throw new IOException(
                    "console '" + id + "': cannot write its log file " + path + ": " + e, e);
        }
    }

    /** Writes the log to its end and lets the terminals go. */
    @Deactivate
    void close() {
        history.close();
        input.close();
        log.ifPresent(this::closeLog);
        terminals.forEach(Follower::close);
    }

    private void closeLog(LogFile file) {
        try {
            file.follower().awaitEnd(LOG_END_MILLIS);
            file.stream().close();
        } catch (IOException e) {
            LOG.warn("Console '{}': closing its log file: {}", id, e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public void write(byte[] data, int offset, int length) {
        history.write(data, offset, length);
    }

    @Override
    public AutoCloseable connect(CharacterInput device) {
        return input.connect(device);
    }

    @Override
    public AutoCloseable attach(OutputStream terminal) {
        Follower[] self = new Follower[1];
        synchronized (terminals) {
            self[0] =
                    new Follower(
                            "console/" + id + "/terminal", history, terminal, () -> forget(self));
            terminals.add(self[0]);
        }
        return self[0];
    }

    private void forget(Follower[] self) {
        synchronized (terminals) {
            terminals.remove(self[0]);
        }
    }

    @Override
    public int type(byte[] data, int offset, int length) {
        return input.type(data, offset, length);
    }

    @Override
    public byte[] history() {
        return history.all();
    }
}
