package org.interposer.core.iobus;

import java.util.ArrayList;
import java.util.List;
import org.interposer.api.bus.IoHandler;

/** Answers with a fixed byte in every position and remembers what it was asked. */
final class RecordingHandler implements IoHandler {
    final List<String> calls = new ArrayList<>();
    private final int octet;

    RecordingHandler(int octet) {
        this.octet = octet;
    }

    @Override
    public long read(long offset, int size) {
        calls.add("r" + offset + "/" + size);
        return octet * 0x0101010101010101L;
    }

    @Override
    public void write(long offset, int size, long value) {
        calls.add("w" + offset + "/" + size + "=" + Long.toHexString(value));
    }
}
