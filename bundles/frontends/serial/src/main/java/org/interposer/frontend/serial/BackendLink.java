package org.interposer.frontend.serial;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.interposer.api.character.CharacterBackend;
import org.interposer.api.character.CharacterInput;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the character back-end with the wanted id among those that come and go, and stays connected
 * to it. Output without a back-end is dropped. Thread-safe.
 */
final class BackendLink implements Uart16550.Output {
    private static final Logger LOG = LoggerFactory.getLogger(BackendLink.class);

    private final Map<String, CharacterBackend> present = new ConcurrentHashMap<>();
    private volatile CharacterBackend current;
    private String wanted = "";
    private CharacterInput input;
    private AutoCloseable connection;

    @Override
    public void write(byte[] data, int offset, int length) {
        CharacterBackend to = current;
        if (to != null) {
            to.write(data, offset, length);
        }
    }

    synchronized void wanted(String id) {
        wanted = id;
        follow();
    }

    synchronized void added(CharacterBackend backend) {
        present.put(backend.id(), backend);
        follow();
    }

    synchronized void removed(CharacterBackend backend) {
        present.remove(backend.id(), backend);
        follow();
    }

    /** Begins to take input. */
    synchronized void open(CharacterInput to) {
        input = to;
        connect();
    }

    /** Ends taking input. */
    synchronized void close() {
        disconnect();
        input = null;
    }

    private void follow() {
        CharacterBackend next = present.get(wanted);
        if (next != current) {
            disconnect();
            current = next;
            connect();
        }
    }

    private void connect() {
        if (current != null && input != null && connection == null) {
            connection = current.connect(input);
        }
    }

    private void disconnect() {
        if (connection == null) {
            return;
        }
        try {
            connection.close();
        } catch (Exception e) {
            LOG.warn("Cannot disconnect from console '{}'", wanted, e);
        }
        connection = null;
    }
}
