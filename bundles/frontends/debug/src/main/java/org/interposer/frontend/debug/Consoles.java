package org.interposer.frontend.debug;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.interposer.api.character.CharacterBackend;

/** The character back-ends there are, and the one that is wanted. Thread-safe. */
final class Consoles {
    private final Map<String, CharacterBackend> present = new ConcurrentHashMap<>();
    private volatile String wanted = "";

    void wanted(String id) {
        wanted = id;
    }

    void added(CharacterBackend backend) {
        present.put(backend.id(), backend);
    }

    void removed(CharacterBackend backend) {
        present.remove(backend.id(), backend);
    }

    void write(byte[] data, int length) {
        Optional.ofNullable(present.get(wanted)).ifPresent(to -> to.write(data, 0, length));
    }
}
