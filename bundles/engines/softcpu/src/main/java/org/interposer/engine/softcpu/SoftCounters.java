package org.interposer.engine.softcpu;

import java.util.Map;
import java.util.TreeMap;

/** Counts of one vCPU by cause; written by its thread, read by any with a delay. */
final class SoftCounters {
    static final int PORT_READ = 0, PORT_WRITE = 1, MMIO_READ = 2, MMIO_WRITE = 3, HLT = 4;
    static final int INTERRUPT = 5, SHUTDOWN = 6;

    private static final String[] NAMES = {
        "pio-in", "pio-out", "mmio-read", "mmio-write", "hlt", "injected", "shutdown"
    };

    private final long[] counts = new long[NAMES.length];

    void count(int cause) {
        counts[cause]++;
    }

    /** Causes that happened, and the instructions executed. */
    Map<String, Long> read(long instructions) {
        Map<String, Long> result = new TreeMap<>();
        for (int i = 0; i < NAMES.length; i++) {
            if (counts[i] != 0) {
                result.put(NAMES[i], counts[i]);
            }
        }
        result.put("instructions", instructions);
        return result;
    }
}
